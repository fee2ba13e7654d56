#!/usr/bin/env node
// The syntax here is that of Node 12, so that an old Node reaches the sentence below instead of a SyntaxError.
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    'intelmesh needs Node 24 or newer and this is ' +
      process.version +
      ': install it from nodejs.org and run the command again.',
  )
  process.exitCode = 1
} else {
  import('../dist/main.js').catch(function (error) {
    console.error(
      'intelmesh cannot start: ' + error.message + '. Install the package again, with all of its parts.',
    )
    process.exitCode = 1
  })
}
