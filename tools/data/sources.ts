/** A file or a folder of the shared data that the repository carries. */
export interface Source {
  /** Path of a file, or of a folder with all that is below it. */
  readonly path: string
  /** The line that has to be kept with a copy. */
  readonly copyright: string
  /** Keeps less than the whole file. Given the file's text and the paths of all files that are carried. */
  readonly reduce?: (text: string, carried: ReadonlySet<string>) => string
}

/** The two columns of the RFC's table, without the arrangement that others gave them. */
function reduceAppendixA(text: string): string {
  const rows = JSON.parse(text) as readonly Readonly<Record<string, unknown>>[]
  return lines(
    rows.map(({ hex, decoded, diagnostic, roundtrip }) => ({ hex, decoded, diagnostic, roundtrip })),
  )
}

/** Drops the objects of files that are not carried themselves. */
function reduceRealWorldIds(text: string, carried: ReadonlySet<string>): string {
  const groups = JSON.parse(text) as Readonly<Record<string, readonly { readonly found_in: string }[]>>
  const kept = Object.entries(groups).map(([name, cases]) => [
    name,
    cases.filter((one) => carried.has(one.found_in)),
  ])
  return `${JSON.stringify(Object.fromEntries(kept), null, 1)}\n`
}

/** A JSON array with an element a line, so that a change shows as one line. */
function lines(rows: readonly unknown[]): string {
  return `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`
}

const OASIS = 'Copyright (c) OASIS Open. All rights reserved.'
const OASIS_SPECIFICATION = 'Copyright © OASIS Open 2021. All Rights Reserved.'
const IETF =
  'Copyright (c) IETF Trust and the persons identified as the document authors. All rights reserved.'
const COSE = "The authors of the COSE working group's examples"
const ESET = 'Copyright (c) 2014, 2015 ESET spol. s r.o. All rights reserved.'
const STAMPAR = 'Miroslav Stampar'
const MISP = 'Copyright (c) the MISP Project'
const MISP_STIX = 'Copyright 2019-2021 Christian Studer; CIRCL - Computer Incident Response Center Luxembourg'
const MITRE =
  '© 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation.'
const PYMISP =
  'Copyright (c) 2013, 2014 Raphaël Vinot, Alexandre Dulaunoy, CIRCL; Copyright (c) 2014 Koen Van Impe'
const TWEETFEED = 'Daniel López (TweetFeed)'

/** What test/data is made of. Crypto vectors stay readable; the rest names malware and is stored compressed. */
export const SOURCES: readonly Source[] = [
  { path: 'crypto/cbor/appendix_a.json', copyright: IETF, reduce: reduceAppendixA },
  { path: 'crypto/cose', copyright: COSE },
  { path: 'crypto/cwt', copyright: COSE },
  { path: 'crypto/hpke/rfc9180.json', copyright: 'Copyright (c) The Go Authors. All rights reserved.' },
  { path: 'crypto/jcs', copyright: 'Copyright 2018 Anders Rundgren' },
  { path: 'crypto/receipts', copyright: IETF },
  { path: 'crypto/status-list', copyright: IETF },
  { path: 'crypto/wycheproof', copyright: 'Copyright 2016 Google Inc. All Rights Reserved.' },
  { path: 'ioc/blackbook', copyright: STAMPAR },
  { path: 'ioc/eset', copyright: ESET },
  { path: 'ioc/ipsum', copyright: STAMPAR },
  { path: 'ioc/kev', copyright: 'Cybersecurity and Infrastructure Security Agency' },
  { path: 'ioc/maltrail', copyright: 'Copyright (c) 2014-present Maltrail developers' },
  { path: 'ioc/stalkerware', copyright: 'Julien Voisin, Tek, and the Echap association' },
  { path: 'ioc/threatfox', copyright: 'Copyright (c) Wu Tingfeng; addresses compiled by abuse.ch (CC0-1.0)' },
  { path: 'ioc/threatlabz', copyright: 'Copyright (c) Zscaler ThreatLabz' },
  { path: 'ioc/tweetfeed', copyright: TWEETFEED },
  { path: 'ioc/unit42', copyright: 'Copyright (c) 2018 Palo Alto Networks' },
  { path: 'ioc/volexity', copyright: 'Copyright 2022 by Volexity, Inc.' },
  { path: 'misp/events-eset', copyright: ESET },
  { path: 'misp/events-pymisp', copyright: PYMISP },
  { path: 'misp/feed-tweetfeed', copyright: TWEETFEED },
  { path: 'misp/galaxy', copyright: MISP },
  { path: 'misp/mapping', copyright: MISP_STIX },
  { path: 'misp/misp-stix', copyright: MISP_STIX },
  { path: 'misp/misp-to-stix21-pairs.json', copyright: MISP_STIX },
  { path: 'misp/objects', copyright: MISP },
  { path: 'misp/schemas', copyright: PYMISP },
  { path: 'misp/taxonomies', copyright: MISP },
  { path: 'misp/warninglists', copyright: MISP },
  { path: 'playbook/cacao', copyright: 'Copyright (c) the SOARCA authors' },
  { path: 'stix21/attack/ics-attack-16.1.json', copyright: MITRE },
  { path: 'stix21/attack/ics-attack-17.1.json', copyright: MITRE },
  { path: 'stix21/attack/stix-atlas.json', copyright: 'Copyright The MITRE Corporation' },
  { path: 'stix21/bundles-opencti', copyright: 'Copyright (c) Filigran; Copyright The MITRE Corporation' },
  {
    path: 'stix21/bundles/allobjects.json',
    copyright: 'Copyright (c) 2019, Sergey Polzunov. All rights reserved.',
  },
  { path: 'stix21/examples', copyright: OASIS },
  { path: 'stix21/examples-doc', copyright: OASIS },
  { path: 'stix21/extensions', copyright: 'Copyright the dogesec authors' },
  { path: 'stix21/idioms', copyright: OASIS },
  { path: 'stix21/misp-stix', copyright: MISP_STIX },
  { path: 'stix21/patterns', copyright: OASIS },
  { path: 'stix21/schemas', copyright: OASIS },
  { path: 'stix21/sco-id-realworld.json', copyright: 'As the files it names', reduce: reduceRealWorldIds },
  { path: 'stix21/sco-id-spec.json', copyright: OASIS_SPECIFICATION },
  { path: 'stix21/spec-examples.json', copyright: OASIS_SPECIFICATION },
  { path: 'stix21/validator-cases.json', copyright: OASIS },
  { path: 'stix21/validator-files', copyright: OASIS },
  { path: 'stix21/versioned-store', copyright: OASIS },
  { path: 'taxii', copyright: OASIS },
]
