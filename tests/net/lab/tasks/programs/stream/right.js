const net = require("net");
const [host, port, who] = process.argv.slice(2);
const s = net.connect(Number(port), host, () => s.write(`${who}\n`));
let data = Buffer.alloc(0);
s.on("data", (part) => {
  data = Buffer.concat([data, part]);
  for (let at; (at = data.indexOf(10)) >= 0; data = data.subarray(at + 1)) {
    s.write(`${data.subarray(0, at).toString("utf8").length}\n`);
  }
});
