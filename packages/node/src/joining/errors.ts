import { MeshError } from '@intelmesh/protocol'

export type JoiningErrorCode = 'JOIN_UNREACHABLE' | 'JOIN_REFUSED' | 'JOIN_ANSWER_MALFORMED'

/** The enrolment service could not be asked, or gave no answer that can be used. */
export class JoiningError extends MeshError<JoiningErrorCode> {
  override name = 'JoiningError'
}
