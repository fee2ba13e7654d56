/** Resolvers that anybody may ask, by operator. Blocking one cuts people off who chose it. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  Google: [
    '8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844 2001:4860:4860::64',
    '2001:4860:4860::6464',
  ],
  Cloudflare: [
    '1.1.1.1 1.0.0.1 2606:4700:4700::1111 2606:4700:4700::1001 1.1.1.2 1.0.0.2 2606:4700:4700::1112',
    '2606:4700:4700::1002 1.1.1.3 1.0.0.3 2606:4700:4700::1113 2606:4700:4700::1003',
  ],
  Quad9: [
    '9.9.9.9 149.112.112.112 2620:fe::fe 2620:fe::9 9.9.9.10 149.112.112.10 2620:fe::10',
    '2620:fe::fe:10 9.9.9.11 149.112.112.11 2620:fe::11 2620:fe::fe:11',
  ],
  OpenDNS: ['208.67.222.222 208.67.220.220 2620:119:35::35 2620:119:53::53'],
  'OpenDNS FamilyShield': ['208.67.222.123 208.67.220.123'],
  AdGuard: [
    '94.140.14.14 94.140.15.15 2a10:50c0::ad1:ff 2a10:50c0::ad2:ff 94.140.14.140 94.140.14.141',
    '94.140.14.15 94.140.15.16',
  ],
  CleanBrowsing: [
    '185.228.168.9 185.228.169.9 185.228.168.168 185.228.169.168 185.228.168.10 185.228.169.11',
  ],
  'Control D': ['76.76.2.0 76.76.10.0'],
  'Level 3': ['4.2.2.1 4.2.2.2 4.2.2.3 4.2.2.4 4.2.2.5 4.2.2.6'],
  Verisign: ['64.6.64.6 64.6.65.6'],
  'Comodo Secure DNS': ['8.26.56.26 8.20.247.20'],
  Yandex: [
    '77.88.8.8 77.88.8.1 2a02:6b8::feed:ff 2a02:6b8:0:1::feed:ff 77.88.8.88 77.88.8.2 77.88.8.7',
    '77.88.8.3',
  ],
  'Hurricane Electric': ['74.82.42.42 2001:470:20::2'],
  'DNS.WATCH': ['84.200.69.80 84.200.70.40'],
  AliDNS: ['223.5.5.5 223.6.6.6 2400:3200::1 2400:3200:baba::1'],
  DNSPod: ['119.29.29.29'],
  '114DNS': ['114.114.114.114 114.114.115.115'],
  Baidu: ['180.76.76.76'],
  'TWNIC Quad101': ['101.101.101.101 101.102.103.104'],
  'dns0.eu': ['193.110.81.0 185.253.5.0 2a0f:fc80:: 2a0f:fc81::'],
  DNS4EU: ['86.54.11.1 86.54.11.100 86.54.11.13 86.54.11.12 86.54.11.11'],
  Mullvad: ['194.242.2.2 194.242.2.3 194.242.2.4'],
}

/** Addresses of public resolvers, IPv4 and IPv6. */
export const RESOLVER_ADDRESSES: readonly string[] = Object.values(ADDRESSES).flatMap((lines) =>
  lines.flatMap((line) => line.split(' ')),
)

/** Names of public resolvers; those below count, too. */
export const RESOLVER_NAMES: readonly string[] = [
  'cloudflare-dns.com',
  'dns.adguard-dns.com',
  'dns.google',
  'dns.google.com',
  'dns.quad9.net',
  'dns0.eu',
  'doh.opendns.com',
  'dns.opendns.com',
  'one.one.one.one',
  'dns.mullvad.net',
  'dns.alidns.com',
  'doh.cleanbrowsing.org',
]
