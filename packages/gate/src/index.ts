export { createGate, type Gate, type GateCode, type GateFinding, isAllowed, type OwnAssets } from './gate.ts'
