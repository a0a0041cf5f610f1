const net = require("net");
const dgram = require("dgram");
const [host, port, who] = process.argv.slice(2);

const knock = (where, at) =>
  new Promise((resolve) => {
    const s = net.connect(at, where);
    const end = (word) => { s.destroy(); resolve(word); };
    s.setTimeout(3000, () => end("silent"));
    s.on("connect", () => end("open"));
    s.on("error", () => end("refused"));
  });
const ask = (where, at) =>
  new Promise((resolve) => {
    const card = dgram.createSocket("udp4");
    const end = (word) => { clearTimeout(timer); card.close(); resolve(word); };
    const timer = setTimeout(() => end("refused"), 3000);
    card.on("message", () => end("udp"));
    card.send("hello", at, where);
  });

const s = net.connect(Number(port), host, () => s.write(`${who}\n`));
let text = "";
s.on("data", async (part) => {
  text += part;
  if (!text.includes("\n\n")) return;
  const doors = text.trim().split("\n");
  text = "";
  for (const door of doors) {
    const at = door.lastIndexOf(":");
    const where = door.slice(0, at), number = Number(door.slice(at + 1));
    let word = await knock(where, number);
    if (word === "refused") word = await ask(where, number);
    s.write(`${door} ${word}\n`);
  }
  s.on("data", () => s.end());
});
