const dgram = require("dgram");

const [host, port, who] = process.argv.slice(2);
const LAST = 60, WINDOW = 8, TIMER = 400;
const socket = dgram.createSocket("udp4");
let base = 1, next = 1, timer;

function send(word) {
    socket.send(`${who} ${word}`, Number(port), host);
}

function fill() {
    while (next < base + WINDOW && next <= LAST) send(next++);
    clearTimeout(timer);
    timer = setTimeout(() => { next = base; fill(); }, TIMER);
}

socket.on("message", (answer) => {
    const number = parseInt(answer.toString());
    if (number < base) return;
    base = number + 1;
    next = Math.max(next, base);
    if (base <= LAST) return fill();
    clearTimeout(timer);
    socket.send(`${who} done`, Number(port), host, () => socket.close());
});
fill();
