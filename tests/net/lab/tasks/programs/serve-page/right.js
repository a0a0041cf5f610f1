const net = require("net");
const [host, port, who] = process.argv.slice(2);
net
  .createServer((s) => {
    let request = "";
    s.on("error", () => {});
    s.on("data", (part) => {
      request += part;
      if (!request.includes("\r\n\r\n")) return;
      const found = request.split(" ")[1] === "/";
      const body = Buffer.from(found ? `<!doctype html><title>${who}</title>你好` : "?");
      s.write(
        `HTTP/1.1 ${found ? "200 OK" : "404 Not Found"}\r\nContent-Type: text/html; charset=utf-8\r\n` +
          `Content-Length: ${body.length}\r\n\r\n`,
      );
      s.end(body);
    });
  })
  .listen(Number(port), host);
