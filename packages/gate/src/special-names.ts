/**
 * Names that stand for nothing on the Internet, with all below them. `onion` is not among them: it leads to real services.
 *
 * @see IANA Special-Use Domain Names registry, RFC 6761
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'alt',
  'arpa',
  'example',
  'example.com',
  'example.net',
  'example.org',
  'internal',
  'invalid',
  'local',
  'localhost',
  'test',
])

/**
 * Endings that organisations give names of their own machines.
 *
 * @see RFC 6762 section 3 and appendix G, RFC 8375, and ICANN's reservation of `internal`
 */
export const INTERNAL_NAMES: ReadonlySet<string> = new Set([
  'corp',
  'home.arpa',
  'internal',
  'intranet',
  'lan',
  'local',
])

/**
 * Names below which each name belongs to a customer, and which the Public Suffix List lacks: a listed name among them says
 * nothing of those below it. See docs/spec/gate.md, "Names", for the measurement behind it.
 */
export const SHARED_NAMES: ReadonlySet<string> = new Set(
  [
    'afraid.org aliyuncs.com amazonaws.com appdomain.cloud asuscomm.com atlassian.net b-cdn.net',
    'backblazeb2.com bandcamp.com bcebos.com beget.tech bigcartel.com bitrix24.com bitrix24.ru box.com',
    'campaign-archive.com cdn77.org cloudapp.azure.com cloudwaysapps.com comcast.net contaboserver.net',
    'deviantart.com digitaloceanspaces.com dns04.com dynamic-dns.net dynamics.com dynu.com egnyte.com',
    'firebaseio.com force.com free.fr freshdesk.com godaddysites.com googleusercontent.com hs-sites.com',
    'hubspotpagebuilder.com ipfs.io itch.io jimdo.com jimdofree.com kxcdn.com list-manage.com',
    'livejournal.com livekit.cloud medium.com msappproxy.net myhuaweicloud.com mynetname.net myqcloud.com',
    'mystrikingly.com narod.ru online.net onmicrosoft.com oraclecloud.com orange.fr ovh.net powerapps.com',
    'quickconnect.to rackcdn.com rima-tde.net rr.com run.app salesforce-sites.com salesforce.com',
    'secureserver.net sendgrid.net service-now.com sharepoint.com site123.me squarespace.com',
    'strikingly.com substack.com t-online.de teachable.com telecomitalia.it thinkific.com tilda.ws',
    'tumblr.com typeform.com ucoz.net ucoz.ru virginm.net volces.com wasabisys.com webnode.com',
    'websitewelcome.com weebly.com wikaba.com windows.net wordpress.com wpengine.com xsph.ru',
    'your-server.de zendesk.com',
  ].flatMap((line) => line.split(' ')),
)

/** Local parts of addresses behind which there is a function and no person. @see RFC 2142 */
export const ROLE_NAMES: ReadonlySet<string> = new Set(
  [
    'abuse admin cert contact csirt ftp git help helpdesk hostmaster incident incidents info marketing',
    'news no-reply noc noreply office postmaster press psirt sales security soc support usenet uucp',
    'webmaster www',
  ].flatMap((line) => line.split(' ')),
)
