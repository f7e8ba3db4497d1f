// node unpack.cjs FROM TO NAME…: decompresses FROM/NAME.br to TO/NAME.
const { createReadStream, createWriteStream } = require("node:fs");
const { join } = require("node:path");
const { pipeline } = require("node:stream/promises");
const { createBrotliDecompress } = require("node:zlib");

const [from, to, ...names] = process.argv.slice(2);
const unpack = (name) =>
  pipeline(createReadStream(join(from, `${name}.br`)), createBrotliDecompress(), createWriteStream(join(to, name)));
Promise.all(names.map(unpack)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
