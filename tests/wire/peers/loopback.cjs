// Preloaded into a peer: whatever it listens on, nobody outside this machine reaches it.
const { Server } = require("node:net");

const listen = Server.prototype.listen;
Server.prototype.listen = function (where, ...rest) {
  const port = where !== null && typeof where === "object" ? where.port : where;
  const ready = rest.filter((one) => typeof one === "function");
  return listen.call(this, { port: Number(port), host: "127.0.0.1" }, ...ready);
};
