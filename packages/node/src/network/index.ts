export { NetworkError, type NetworkErrorCode, type RefusalCode } from './errors.ts'
export type {
  ConnectedPeer,
  FrameChannel,
  GossipVerdict,
  Membership,
  MembershipVerdict,
  Network,
  NetworkHandlers,
  NetworkOptions,
  PeerIdentity,
} from './interface.ts'
export { DEFAULT_NETWORK, type NetworkSettings } from './settings.ts'
export { type NetworkComponents, startNetwork } from './start-network.ts'
export { deflateAside, inflateAside } from './zstd.ts'
