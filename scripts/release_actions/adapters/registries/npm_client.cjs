'use strict'
// Publishes packages and moves dist-tags with npm's own libraries, any number of them in one process, which spares the
// start of npm for each. One request a line on stdin, one answer a line on stdout, in any order. It does what
// `npm publish TARBALL` and `npm dist-tag add` do once they have read their settings (npm, lib/commands).

const { readFile } = require('node:fs/promises')
const { createRequire } = require('node:module')
const path = require('node:path')
const readline = require('node:readline')

const home = process.argv[2]
const ofNpm = createRequire(path.join(home, 'package.json'))
const Config = ofNpm('@npmcli/config')
const { definitions, flatten, shorthands } = ofNpm('@npmcli/config/lib/definitions')
const libnpmpublish = ofNpm('libnpmpublish')
const npa = ofNpm('npm-package-arg')
const npmFetch = ofNpm('npm-registry-fetch')
const pacote = ofNpm('pacote')
const { version: npmVersion } = ofNpm('./package.json')

/** The settings for one request: npm's own, with the registry and the token that the request brings along. */
const optionsOf = (config, { registry, scope, token, timeout }) => {
  const options = { ...config.flat, npmVersion, registry, timeout, progress: false, retry: { retries: 0 }, fetchRetries: 0 }
  if (scope) options[`${scope}:registry`] = registry
  if (token) options[`${registry.slice(registry.indexOf('//'))}:_authToken`] = token
  const known = token ? { token } : config.getCredentialsByURI(registry)
  if (!(known.token || known.username || (known.certfile && known.keyfile))) {
    throw Object.assign(new Error(`This command requires you to be logged in to ${registry}`), { code: 'ENEEDAUTH' })
  }
  return options
}

const publish = async (config, request) => {
  const options = { ...optionsOf(config, request), defaultTag: request.tag, provenance: false }
  const manifest = await pacote.manifest(`file:${request.file}`, { ...options, fullMetadata: true, fullReadJson: true })
  const decided = new Set(['tag', 'registry', 'provenance', `${request.scope}:registry`])
  flatten(Object.fromEntries(Object.entries(manifest.publishConfig ?? {}).filter(([name]) => !decided.has(name))), options)
  await libnpmpublish.publish(manifest, await readFile(request.file), options)
}

const point = async (config, request) => {
  const spec = npa(request.name)
  const headers = { 'content-type': 'application/json' }
  const options = { ...optionsOf(config, request), method: 'PUT', body: JSON.stringify(request.version), headers, spec, ignoreBody: true }
  await npmFetch(`/-/package/${spec.escapedName}/dist-tags/${encodeURIComponent(request.tag)}`, options)
}

const answer = (document) => process.stdout.write(`${JSON.stringify(document)}\n`)

const main = async () => {
  const config = new Config({ npmPath: home, definitions, flatten, shorthands, argv: [process.execPath, __filename] })
  await config.load()
  answer({ id: 0 })
  const lines = readline.createInterface({ input: process.stdin })
  lines.on('close', () => process.exit(0)) // whoever asked is gone
  lines.on('line', async (line) => {
    const request = JSON.parse(line)
    try {
      await { publish, point }[request.verb](config, request)
      answer({ id: request.id })
    } catch (error) {
      answer({ id: request.id, error: `${error.code ? `${error.code} ` : ''}${error.message}` })
    }
  })
}

main()
