export interface Pattern { readonly expression: unknown }
