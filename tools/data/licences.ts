/** A licence under which the repository passes data on. */
export interface Licence {
  readonly name: string
  /** What has to travel with the data; the copyright line stands in the table of files. */
  readonly text: string
}

const CONDITIONS = `Redistribution and use in source and binary forms, with or without modification, are permitted provided that the
following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following
   disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following
   disclaimer in the documentation and/or other materials provided with the distribution.`

const DISCLAIMER = `THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES,
INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL,
SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN
CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`

const BSD_2: Licence = { name: 'BSD-2-Clause', text: `${CONDITIONS}\n\n${DISCLAIMER}` }
const BSD_3: Licence = {
  name: 'BSD-3-Clause',
  text: `${CONDITIONS}
3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products
   derived from this software without specific prior written permission.

${DISCLAIMER}`,
}
const MIT: Licence = {
  name: 'MIT',
  text: `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`,
}
const APACHE: Licence = {
  name: 'Apache-2.0',
  text: "https://www.apache.org/licenses/LICENSE-2.0, and this project's own LICENSE.",
}
const CC0: Licence = { name: 'CC0-1.0', text: 'https://creativecommons.org/publicdomain/zero/1.0/legalcode' }
const UNLICENSE: Licence = {
  name: 'Unlicense',
  text: 'Released into the public domain: https://unlicense.org',
}
const IETF: Licence = {
  name: 'BSD-3-Clause (IETF code component)',
  text: `Test vectors are meant to be processed by a computer, which makes them code components under section 4 of the IETF
Trust's Legal Provisions (https://trustee.ietf.org/license-info), licensed as follows.

${BSD_3.text}`,
}

/**
 * The licence words of the shared folder's manifest, and the licence that each stands for. What is not here is not carried:
 * nothing without a licence, nothing for non-commercial use, nothing under copyleft.
 */
export const LICENCES: Readonly<Record<string, Licence>> = {
  'Apache-2.0': APACHE,
  'BSD-2-Clause': BSD_2,
  'BSD-3-Clause': BSD_3,
  'BSD-3-Clause (OASIS Open)': BSD_3,
  'CC0-1.0': CC0,
  'CC0-1.0 / BSD-2-Clause': CC0,
  'IETF Trust (draft; code components BSD)': IETF,
  'none stated (RFC 7049/8949 Appendix A code component, IETF Trust BSD)': IETF,
  'Public domain': { name: 'Public domain', text: 'Dedicated to the public domain by its author.' },
  Unlicense: UNLICENSE,
  MIT,
  'CC-BY-4.0': { name: 'CC-BY-4.0', text: 'https://creativecommons.org/licenses/by/4.0/legalcode' },
  'MITRE ATT&CK Terms of Use (royalty-free incl. commercial, keep notice)': {
    name: 'ATT&CK Terms of Use',
    text: `The MITRE Corporation (MITRE) hereby grants you a non-exclusive, royalty-free license to use ATT&CK® for research,
development, and commercial purposes. Any copy you make for such purposes is authorized provided that you reproduce
MITRE's copyright designation and this license in any such copy.`,
  },
  'OASIS specification text (OASIS IPR Policy, may be copied with notice)': {
    name: 'OASIS IPR Policy',
    text: `All capitalized terms in the following text have the meanings assigned to them in the OASIS Intellectual Property
Rights Policy (https://www.oasis-open.org/policies-guidelines/ipr/).

This document and translations of it may be copied and furnished to others, and derivative works that comment on or
otherwise explain it or assist in its implementation may be prepared, copied, published, and distributed, in whole or in
part, without restriction of any kind, provided that the above copyright notice and this section are included on all such
copies and derivative works. However, this document itself may not be modified in any way, including by removing the
copyright notice or references to OASIS, except as needed for the purpose of developing any document or deliverable
produced by an OASIS Technical Committee (in which case the rules applicable to copyrights, as set forth in the OASIS IPR
Policy, must be followed) or as required to translate it into languages other than English.

The limited permissions granted above are perpetual and will not be revoked by OASIS or its successors or assigns.

This document and the information contained herein is provided on an "AS IS" basis and OASIS DISCLAIMS ALL WARRANTIES,
EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO ANY WARRANTY THAT THE USE OF THE INFORMATION HEREIN WILL NOT INFRINGE ANY
OWNERSHIP RIGHTS OR ANY IMPLIED WARRANTIES OF MERCHANTABILITY OR FITNESS FOR A PARTICULAR PURPOSE.`,
  },
  'as the file named in found_in': {
    name: 'As the files it names',
    text: "Each object is taken from the file that its `found_in` names; that file's row says its licence.",
  },
}
