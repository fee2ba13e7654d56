/**
 * Blocks that mean something else in every network: whoever blocks one blocks his own machines.
 *
 * @see IANA IPv4 and IPv6 Special-Purpose Address Registries
 */
export const PRIVATE_BLOCKS: readonly string[] = [
  '10.0.0.0/8', // private use, RFC 1918
  '100.64.0.0/10', // shared by carriers and their customers, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link-local, RFC 3927
  '172.16.0.0/12', // private use, RFC 1918
  '192.168.0.0/16', // private use, RFC 1918
  '::1/128', // loopback, RFC 4291
  '64:ff9b:1::/48', // translation within one network, RFC 8215
  'fc00::/7', // unique local, RFC 4193
  'fe80::/10', // link-local, RFC 4291
  'fec0::/10', // site-local, RFC 3879
]

/**
 * Blocks that nobody is reached at from the Internet: documentation, benchmarks, multicast, broadcast, kept back. Of the
 * registries' blocks those that are globally reachable are left out, and Teredo and 6to4, at which real machines were.
 *
 * @see IANA IPv4 and IPv6 Special-Purpose Address Registries, and the multicast address registries
 */
export const RESERVED_BLOCKS: readonly string[] = [
  '0.0.0.0/8', // this network, RFC 791
  '192.0.0.0/24', // protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // relays of 6to4, RFC 7526
  '198.18.0.0/15', // benchmarks, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // kept back, and broadcast, RFC 1112 and RFC 8190
  '::/128', // unspecified, RFC 4291
  '100::/64', // discarded, RFC 6666
  '100:0:0:1::/64', // dummy, RFC 9780
  '2001:2::/48', // benchmarks, RFC 5180
  '2001:10::/28', // overlay identifiers, RFC 4843
  '2001:db8::/32', // documentation, RFC 3849
  '3fff::/20', // documentation, RFC 9637
  '5f00::/16', // segment routing, RFC 9602
  'ff00::/8', // multicast, RFC 4291
]
