// Verifies a Sigstore bundle with a public key, by the library that npm and others use.
//
//   node sigstore_verify.js BUNDLE.sigstore.json KEY.pem
//
// Exit code 0: verified; 1: refused, and why; 77: @sigstore/verify is not installed here.
const { execFileSync } = require('child_process');
const { createHash, createPublicKey } = require('crypto');
const { readFileSync } = require('fs');
const path = require('path');

function load(name) {
  const roots = [process.cwd(), ...(process.env.NODE_PATH || '').split(path.delimiter)].filter(Boolean);
  try {
    roots.push(path.dirname(execFileSync('npm', ['root', '-g'], { encoding: 'utf8' }).trim()));
  } catch {
    // There is no npm; the module may be elsewhere.
  }
  try {
    return require(require.resolve(name, { paths: roots }));
  } catch {
    console.log(`${name} is not installed`);
    process.exit(77);
  }
}

const { bundleFromJSON } = load('@sigstore/bundle');
const { toSignedEntity, Verifier } = load('@sigstore/verify');

const [, , bundlePath, keyPath] = process.argv;
const publicKey = createPublicKey(readFileSync(keyPath));
const keyId = createHash('sha256').update(publicKey.export({ format: 'der', type: 'spki' })).digest('hex');
const trust = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
  publicKey(hint) {
    if (hint !== keyId) throw new Error(`the bundle wants the key ${hint}, not ${keyId}`);
    return { publicKey, validFor: () => true };
  },
};
try {
  const bundle = bundleFromJSON(JSON.parse(readFileSync(bundlePath, 'utf8')));
  new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(toSignedEntity(bundle));
  console.log('verified');
} catch (error) {
  console.log(`refused: ${error.message}`);
  process.exit(1);
}
