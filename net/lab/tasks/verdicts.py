"""What verdicts and notes say, in both languages: for each code a sentence that names the misconception and
says what to do. Their only home, for Duplex and for `check.py`, which has no catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sentence(NamedTuple):
    """``{name}`` stands for a value of the verdict."""

    en: str
    zh_CN: str

    def get(self, language: str) -> str:
        return self.zh_CN if language == "zh_CN" else self.en


PASSED = Sentence("Passed.", "通过。")
PASSED_WITH_PACE = Sentence(
    "Passed. {numbers} numbers in {round_trips} round trips: {pace} datagrams in each, with a window of "
    "{window}. One at a time brings 1 at most.",
    "通过。{numbers} 个编号用了 {round_trips} 个来回：每个来回送到 {pace} 个，窗口是 {window}。"
    "一次只发一个的话，最多是 1。",
)

VERDICTS: dict[str, Sentence] = {
    # --- Any task ---
    "released": Sentence(
        "Ended from Duplex's side. Start your program again.",
        "Duplex 这边结束了这次尝试。请重新运行你的程序。",
    ),
    "grader-broke": Sentence(
        "Duplex itself made a mistake here, not you. Please report it.",
        "这里是 Duplex 自己出错了，不是你的错。请反馈这个问题。",
    ),
    "sent-too-much": Sentence(
        "Your program sends without end (more than {limit}). Send only what the task asks for.",
        "你的程序发个不停（超过了 {limit}）。只发题目要求的内容。",
    ),
    "took-too-long": Sentence(
        "It took longer than {seconds} seconds. Start your program again.",
        "超过了 {seconds} 秒。请重新运行你的程序。",
    ),
    "no-name": Sentence(
        "Your program came and said nothing. Send your name first.",
        "你的程序来了，却什么都没说。先把名字发过来。",
    ),
    "name-empty": Sentence(
        "The name is empty. Send your name or seat first.",
        "名字是空的。先发你的名字或座位号。",
    ),
    "no-line-end": Sentence(
        "The {what} has no line end, so Duplex waits for the rest of it. Send a \\n behind it.",
        "{what}后面没有换行，Duplex 还在等它的后半部分。在末尾加上 \\n 再发。",
    ),
    "line-too-long": Sentence(
        "A line of more than {limit} bytes and still no line end. Send a \\n behind each line.",
        "一行超过了 {limit} 字节，还没有换行。每行末尾都要发 \\n。",
    ),
    "left-early": Sentence(
        "Your program hung up in the middle. Did it crash? Look at its last message, and close only at "
        "the end.",
        "你的程序中途挂断了。是不是出错退出了？看看它最后的报错；到最后才能关闭连接。",
    ),
    "did-not-close": Sentence(
        "All is done, and your program keeps the connection open. Close it, and leave your loop when recv "
        "returns b''.",
        "都做完了，你的程序却不关闭连接。请关闭它；recv 返回 b'' 时要离开循环。",
    ),
    "no-answer": Sentence(
        "Duplex waits for an answer and none comes. Does your program send it, or does it still wait in recv "
        "or input?",
        "Duplex 在等回答，一直没有等到。你的程序发回答了吗？是不是还停在 recv 或 input 里？",
    ),
    "said-too-much": Sentence(
        "Something came behind the answer: {text}. Send the answer once, then close.",
        "回答后面又来了多余的内容：{text}。回答发一次，然后关闭。",
    ),
    "answered-too-early": Sentence(
        "Your program sent {text} before anything had come to be answered. Wait in recv first.",
        "还什么都没收到，你的程序就发了 {text}。先在 recv 里等。",
    ),
    "answered-the-end": Sentence(
        "Your program answered the end of the stream with {text}. When recv returns b'', nobody speaks any "
        "more: close.",
        "你的程序把流的结束也当成一行来回答：{text}。recv 返回 b'' 表示对方不再说话了：该关闭了。",
    ),
    "not-understood": Sentence(
        "Duplex does not understand {text}. Look at how the task wants it written.",
        "Duplex 看不懂 {text}。看看题目规定的写法。",
    ),
    "new-socket-each-time": Sentence(
        "Your program makes a new socket each time, so each datagram comes from another address. Make one "
        "socket before the loop.",
        "你的程序每次都新建套接字，所以每个数据报都来自不同的地址。在循环之前只建一个套接字。",
    ),
    # --- hello-server ---
    "did-not-wait": Sentence(
        "Your program left before the number came. It takes its time: wait for it in recv.",
        "数字还没来，你的程序就走了。它会晚一点到：在 recv 里等它。",
    ),
    "reversed-line-end": Sentence(
        "You reversed the line end too, so it came first. Take it off before, and add it at the end.",
        "你把换行也倒过来了，它跑到了最前面。先去掉换行，倒完再加在末尾。",
    ),
    "not-reversed": Sentence(
        "{number} came back as it was. Send its digits from the last to the first.",
        "{number} 原样发回来了。要把数字从最后一位倒着发。",
    ),
    "lost-zeros": Sentence(
        "You reversed the value, not the digits: {number} becomes {expected}, and its zeros stay. Reverse "
        "the "
        "text, without int().",
        "你倒的是数值，不是数字：{number} 倒过来是 {expected}，前面的 0 不能丢。直接倒文字，不要用 int()。",
    ),
    "read-too-little": Sentence(
        "You read only a part of {number} and reversed that: {got}. Read until the line end.",
        "{number} 你只读了一部分就倒过来了：{got}。要读到换行为止。",
    ),
    "wrong-answer": Sentence(
        "{expected} was right, {got} came.",
        "应该是 {expected}，收到的是 {got}。",
    ),
    # --- stream ---
    "answered-after-first-recv": Sentence(
        "You answered after the first recv. Only {part} had been sent, and no line end. Collect bytes until "
        "you see \\n.",
        "你在第一次 recv 之后就回答了。那时只发了 {part}，还没有换行。把字节攒起来，看到 \\n 再回答。",
    ),
    "decoded-half-character": Sentence(
        "You decoded half a character. 好 is three bytes, and a recv may end inside it. Collect bytes, and "
        "decode a line when it is whole.",
        "你解码了半个字。“好”是三个字节，一次 recv 可能停在它中间。先攒字节，整行到齐了再解码。",
    ),
    "counted-several-lines-as-one": Sentence(
        "{count} lines came together and you took them for one: {got}. A recv is no line: cut at each \\n.",
        "{count} 行一起到达，你把它们当成了一行：{got}。一次 recv 不等于一行：要按每个 \\n 切开。",
    ),
    "dropped-behind-line-end": Sentence(
        "You threw away what stood behind the line end: {line}. Keep the rest for the next line.",
        "你把换行后面的内容丢掉了：{line}。剩下的字节要留给下一行。",
    ),
    "one-line-for-each-recv": Sentence(
        "You take one line from each recv, and the others wait in your buffer: {line}. Take all whole lines "
        "before the next recv.",
        "你每次 recv 只取一行，其余的还躺在你的缓冲区里：{line}。先把完整的行都取完，再 recv。",
    ),
    "left-before-last-line": Sentence(
        "The end of the stream came together with the last line, and you did not answer it. First use up "
        "what "
        "is in your buffer, then close.",
        "流的结束和最后一行一起到达，你没有回答最后一行。先处理完缓冲区里的内容，再关闭。",
    ),
    "not-a-number": Sentence(
        "{got} is no number. Answer with the number of characters alone.",
        "{got} 不是数字。只回答字数。",
    ),
    "counted-bytes": Sentence(
        "You counted bytes: {got}. “{line}” has {expected} characters; most take three bytes. Decode first, "
        "then count.",
        "你数的是字节：{got}。“{line}”有 {expected} 个字，多数字占三个字节。先解码再数。",
    ),
    "counted-line-end": Sentence(
        "You counted the line end too: {got} instead of {expected}. It is no part of the line.",
        "你把换行也数进去了：{got}，应该是 {expected}。换行不算在这一行里。",
    ),
    "wrong-number": Sentence(
        "“{line}” has {expected} characters, {got} came.",
        "“{line}”有 {expected} 个字，收到的是 {got}。",
    ),
    # --- why-stuck ---
    "left-without-receipt": Sentence(
        "Your program hung up before it had answered a line. Keep the connection until the stream ends.",
        "一行都没回答，你的程序就挂断了。流结束之前不要关闭连接。",
    ),
    "receipt-without-got": Sentence(
        "{got} came back without “got ”. The receipt is: {expected}",
        "{got} 前面少了 “got ”。回执应该是：{expected}",
    ),
    "wrong-receipt": Sentence(
        "The receipt should be: {expected} It was: {got}",
        "回执应该是：{expected} 收到的是：{got}",
    ),
    "no-receipt": Sentence(
        "Three lines came and none was answered: your program waits somewhere else, in input or in another "
        "recv. Wait for the network alone.",
        "来了三行，一行都没回答：你的程序停在别处等，在 input 里，或者在另一个 recv 里。只等网络就好。",
    ),
    "answered-together": Sentence(
        "You collected all three lines before you answered the first. Answer each as soon as it is there.",
        "你等三行都到齐了才回答第一行。每来一行就马上回答。",
    ),
    "one-line-late": Sentence(
        "The receipt for line {number} came only with the next line: your program waited for something else "
        "between them. Read and answer in one loop.",
        "第 {number} 行的回执要等下一行来了才发：中间你的程序在等别的东西。把读和答放在同一个循环里。",
    ),
    "missing-receipt": Sentence(
        "Line {number} got no receipt within a second.",
        "第 {number} 行一秒之内没有回执。",
    ),
    # --- which-door ---
    "stuck-at-a-door": Sentence(
        "Your program stands before a door and waits for ever. A silent address never answers: set a "
        "time-out "
        "(settimeout).",
        "你的程序站在一扇门前永远等下去。沉默的地址不会回答：要设超时（settimeout）。",
    ),
    "doors-missing": Sentence(
        "Your program left before it had said something about all five doors.",
        "五扇门还没说完，你的程序就走了。",
    ),
    "not-a-door": Sentence(
        "{got}: no such door. One line each: HOST:PORT WORD.",
        "{got}：没有这扇门。每扇门一行：主机:端口 单词。",
    ),
    "not-a-word": Sentence(
        "“{got}” is none of the four words: open, refused, silent, udp.",
        "“{got}”不是那四个词之一：open、refused、silent、udp。",
    ),
    "door-named-twice": Sentence(
        "You named {door} twice. One line for each door.",
        "{door} 说了两次。每扇门只说一行。",
    ),
    "silence-is-not-refusal": Sentence(
        "{door} is silent, you said refused. A refusal is an answer and comes back as an error; silence is "
        "none and ends in your time-out.",
        "{door} 是沉默的，你说成了拒绝。拒绝是一种回答，会报错；沉默没有回答，以你的超时结束。",
    ),
    "refusal-is-not-silence": Sentence(
        "{door} refuses, you said silent. Somebody answered no. On Windows that takes two seconds: wait at "
        "least three.",
        "{door} 是拒绝，你说成了沉默。对方明确回答了“不”。在 Windows 上要等两秒：至少等三秒。",
    ),
    "udp-door-missed": Sentence(
        "{door} is a UDP door, you said {got}. TCP and UDP have doors of their own: send it a datagram too.",
        "{door} 是 UDP 的门，你说的是 {got}。TCP 和 UDP 各有各的门：也要给它发一个数据报试试。",
    ),
    "open-door-missed": Sentence(
        "{door} is open, you said {got}. Here connect() succeeds.",
        "{door} 是开着的，你说的是 {got}。在这里 connect() 会成功。",
    ),
    "no-door-there": Sentence(
        "{door} is {expected}, you said {got}. Nobody answered you there. Believe only what came back: a "
        "connection, or a datagram from exactly this address.",
        "{door} 其实是 {expected}，你说的是 {got}。那里没人回应你。只相信真正回来的东西：一个连接，"
        "或者正好来自这个地址的数据报。",
    ),
    "udp-is-not-open": Sentence(
        "{door} is UDP, you said open. Open means that TCP's connect() succeeds.",
        "{door} 是 UDP，你说成了 open。open 的意思是 TCP 的 connect() 成功。",
    ),
    # --- postcards ---
    "several-in-one-datagram": Sentence(
        "Several answers in one datagram: {text}. A datagram is one postcard: send one for each answer.",
        "一个数据报里写了好几个回答：{text}。一个数据报是一张明信片：每个回答单独发。",
    ),
    "no-such-question": Sentence(
        "There is no question {number}. Answer with the number that stands before the question.",
        "没有第 {number} 题。回答时用题目前面的编号。",
    ),
    "answered-twice": Sentence(
        "Question {number} came twice and you answered twice. A datagram may come again: remember which you "
        "have answered.",
        "第 {number} 题来了两次，你也答了两次。数据报可能重复到达：记住答过哪些。",
    ),
    "numbered-by-arrival": Sentence(
        "You numbered by arrival: under {number} you sent the answer to question {other}. They come out of "
        "order: take the number from the datagram.",
        "你按到达的顺序编号了：编号 {number} 下发的是第 {other} 题的答案。它们是乱序到达的："
        "编号要从数据报里取。",
    ),
    "wrong-sum": Sentence(
        "Question {number}: {expected} is right, {got} came.",
        "第 {number} 题：应该是 {expected}，收到的是 {got}。",
    ),
    "counted-datagrams": Sentence(
        "You stopped after ten datagrams, but some came twice. No answer to: {missing}. Count different "
        "numbers, not arrivals.",
        "你收到十个数据报就停了，可是有的来了两次。没有回答：{missing}。要数不同的编号，不是到达的次数。",
    ),
    "missing-answers": Sentence(
        "No answer to: {missing}.",
        "没有回答：{missing}。",
    ),
    # --- reliability ---
    "no-timer": Sentence(
        "Your program waits for ever for the answer to {number}. It was lost, and nobody will tell you: "
        "set a "
        "time-out and send again.",
        "你的程序一直在等 {number} 的回答。它已经丢了，而且没人会告诉你：设一个超时，到时再发一次。",
    ),
    "took-old-answer": Sentence(
        "You took an old answer for the new one: “{old} ok” came once more, and you believed that "
        "{missing} had "
        "arrived. Compare the number in the answer.",
        "你把旧的回答当成了新的：“{old} ok” 又来了一次，你就以为 {missing} 到了。要比较回答里的编号。",
    ),
    "done-too-early": Sentence(
        "You said it was done, and {missing} has not got through. Go on only after its own answer.",
        "你说完成了，可是 {missing} 还没有送到。收到它自己的回答才能继续。",
    ),
    "no-done": Sentence(
        "All have arrived; “WHO done” is missing at the end.",
        "全部都送到了；最后还差一句 “名字 done”。",
    ),
    "stopped-early": Sentence(
        "Your program stopped before {number}.",
        "你的程序在 {number} 之前就停了。",
    ),
    "hammered": Sentence(
        "You sent {number} {count} times without a pause. Wait for the answer a while before you send again.",
        "{number} 你不停地发了 {count} 次。再发之前，先等一会儿回答。",
    ),
    "no-such-number": Sentence(
        "{number} is none of the numbers from 1 to {last}.",
        "{number} 不在 1 到 {last} 之间。",
    ),
    "silent-to-doubles": Sentence(
        "Your answer to {number} was lost, and you kept silent when it came again. A double must be answered "
        "again, or its sender never stops.",
        "你对 {number} 的回答丢了，它再来时你却不作声。重复的也要再回答一次，否则对方永远不会停。",
    ),
    "no-ok": Sentence(
        "No “{number} ok” came. Answer each datagram that comes.",
        "没有收到 “{number} ok”。每个到达的数据报都要回答。",
    ),
    "no-all": Sentence(
        "After “end” Duplex waits for “all WORD WORD ...”.",
        "“end” 之后，Duplex 在等 “all 词 词 ...”。",
    ),
    "took-doubles": Sentence(
        "{word} came {count} times and you used it {count} times. Remember which numbers you have, and use "
        "each once.",
        "{word} 来了 {count} 次，你就用了 {count} 次。记住已经有哪些编号，每个只用一次。",
    ),
    "wrong-order": Sentence(
        "The words are there, in the wrong order. Right: {expected}. Yours: {got}. The numbers tell the "
        "order.",
        "词都有了，顺序不对。应该是：{expected}。你的是：{got}。编号就是顺序。",
    ),
    "words-missing": Sentence(
        "These words are missing: {missing}.",
        "少了这些词：{missing}。",
    ),
    # --- reliability, levels 3 and 4 ---
    "waited-for-each": Sentence(
        "You sent one and waited for its answer, each time: one datagram in a round trip. The window is "
        "{window}: send so many before you wait.",
        "你每发一个就等它的回答：一个来回只送一个。窗口是 {window}：先发这么多个，再等。",
    ),
    "window-too-narrow": Sentence(
        "You never had more than {most} on the way. The window is {window}: as long as fewer are unanswered, "
        "send the next.",
        "你同时在路上的最多只有 {most} 个。窗口是 {window}：没回答的不到这么多，就接着发下一个。",
    ),
    "window-too-wide": Sentence(
        "You sent {number} while {first} had no answer yet. At most {window} may be without an answer: then "
        "wait.",
        "{first} 还没有回答，你就发了 {number}。没回答的最多 {window} 个：满了就等。",
    ),
    "window-stands-still": Sentence(
        "Answers had come, so there was room for {number}, and you waited for the others first. The window "
        "slides: each answer makes room for the next number.",
        "已经有回答了，可以发 {number} 了，你却还在等其余的回答。窗口是滑动的：每来一个回答，"
        "就能再发一个新的。",
    ),
    "did-not-go-back": Sentence(
        "After a loss you sent only {number} again and waited. What you had sent behind it was thrown away, "
        "because it came after a gap: go back, and send all from {number} on again.",
        "丢失之后，你只重发了 {number} 就等着。它后面的因为前面有缺口，都被扔掉了：要退回去，"
        "从 {number} 起全部重发。",
    ),
    "sent-again-what-was-answered": Sentence(
        "You sent {number} again, although its answer had reached you. Send again only what has no answer.",
        "{number} 的回答你已经收到了，却又发了一次。只重发没有回答的。",
    ),
    "window-went-back": Sentence(
        "“{old} ok” came late, and you went back to {number}, although all up to {told} had been answered. "
        "An older answer changes nothing: keep the greatest.",
        "“{old} ok” 迟到了，你就退回到 {number}，可是到 {told} 为止都已经回答过了。旧的回答什么也不改变："
        "只记最大的。",
    ),
    "answer-covers-all-before": Sentence(
        "“{told} ok” has come, and you still ask for {number}. It says that all numbers up to {told} have "
        "arrived; answers before it may be lost.",
        "“{told} ok” 已经来了，你还在问 {number}。它的意思是到 {told} 为止全都到了；前面的回答可能丢了。",
    ),
    "answer-is-for-one": Sentence(
        "You took “{told} ok” for all numbers up to {told}, but {missing} had no answer. Here an answer is "
        "about its own number alone: note each.",
        "你以为 “{told} ok” 说的是到 {told} 为止的全部，可是 {missing} 还没有回答。"
        "这里一个回答只说它自己的编号：每个都要记下。",
    ),
    "counted-an-answer-twice": Sentence(
        "An answer came twice and you counted it twice, so {number} went out while {unanswered} had no "
        "answer. Note which numbers have been answered, do not count answers.",
        "有一个回答来了两次，你数了两次，所以发 {number} 时没回答的有 {unanswered} 个。"
        "要记下哪些编号有回答，不要数回答的个数。",
    ),
    "gave-up": Sentence(
        "You sent {number} {count} times and then gave up. Go on until its answer comes.",
        "{number} 你发了 {count} 次就放弃了。要一直发到它的回答来为止。",
    ),
    # --- who-hangs-up ---
    "no-half-close": Sentence(
        "{size} bytes came, and Duplex does not know whether more will follow. Say that it was all: "
        "shutdown(SHUT_WR).",
        "收到了 {size} 字节，Duplex 不知道后面还有没有。要说明发完了：shutdown(SHUT_WR)。",
    ),
    "closed-both-ways": Sentence(
        "You hung up both directions, so the hash found nobody. close() also stops reading; "
        "shutdown(SHUT_WR) "
        "ends only your sending.",
        "你把两个方向都挂断了，哈希送来时已经没人了。close() 连读也停了；shutdown(SHUT_WR) 只结束你的发送。",
    ),
    "read-once": Sentence(
        "You took the first recv for the whole hash and left. Read until recv returns b''.",
        "你把第一次 recv 当成了整个哈希就走了。要一直读到 recv 返回 b''。",
    ),
    # --- http ---
    "no-request": Sentence(
        "Your program connected and asked nothing. Send GET /NAME HTTP/1.1.",
        "你的程序连上了，却没有请求。发 GET /名字 HTTP/1.1。",
    ),
    "request-unfinished": Sentence(
        "Your request has no end: behind its last line an empty line is missing (\\r\\n\\r\\n).",
        "你的请求没有结尾：最后一行后面少了一个空行（\\r\\n\\r\\n）。",
    ),
    "line-feed-only": Sentence(
        "Lines of HTTP end with \\r\\n, yours with \\n alone.",
        "HTTP 的行以 \\r\\n 结尾，你的只有 \\n。",
    ),
    "head-too-long": Sentence(
        "More than {limit} bytes and still no empty line. Send \\r\\n\\r\\n behind the head.",
        "超过 {limit} 字节还没有空行。头的后面要发 \\r\\n\\r\\n。",
    ),
    "bad-field": Sentence(
        "“{line}” is no field. It should be Name: value.",
        "“{line}”不是一个字段。应该写成 名称: 值。",
    ),
    "bad-request-line": Sentence(
        "“{line}” is no request. The first line is: GET /NAME HTTP/1.1",
        "“{line}”不是请求。第一行应该是：GET /名字 HTTP/1.1",
    ),
    "wrong-version": Sentence(
        "{got}: the task asks for HTTP/1.1.",
        "{got}：题目要求 HTTP/1.1。",
    ),
    "no-host": Sentence(
        "The field Host is missing. HTTP/1.1 demands it.",
        "少了 Host 字段。HTTP/1.1 必须有它。",
    ),
    "new-connection": Sentence(
        "You hung up after the first answer. The connection stays open: send the second request on it.",
        "第一个回答之后你就挂断了。连接一直开着：第二个请求要在同一个连接上发。",
    ),
    "waits-for-close": Sentence(
        "All bytes have been sent, and your program still reads. The connection stays open: read exactly "
        "Content-Length bytes (not characters), then go on.",
        "字节都发完了，你的程序还在读。连接不会关闭：正好读 Content-Length 个字节（不是字符），然后继续。",
    ),
    "wrong-path": Sentence(
        "The second request should begin with {expected}, it was {got}.",
        "第二个请求应该以 {expected} 开头，收到的是 {got}。",
    ),
    "read-too-little-of-body": Sentence(
        "You hashed {got} bytes of {expected}: you took the first recv for the whole body. Read until you "
        "have Content-Length bytes.",
        "正文有 {expected} 字节，你只算了 {got} 字节：你把前几次 recv 当成了全部。要读够 Content-Length "
        "个字节。",
    ),
    "hashed-the-head": Sentence(
        "You hashed the head too. The body begins behind the first empty line.",
        "你把头也算进去了。正文从第一个空行后面开始。",
    ),
    "wrong-hash": Sentence(
        "Another hash. It is the SHA-256 of the {expected} bytes behind the first empty line, unchanged.",
        "哈希不对。要算第一个空行后面那 {expected} 个字节的 SHA-256，一个字节都不能变。",
    ),
    # --- serve-page ---
    "nobody-listens": Sentence(
        "Refused: nobody listens there. Start your program first, and look at its port.",
        "被拒绝了：那里没人在听。先启动你的程序，再看看端口对不对。",
    ),
    "connect-without-answer": Sentence(
        "No answer at all. Does a firewall stand between, or does your server no longer accept?",
        "完全没有回答。中间有防火墙吗？还是你的服务器不再 accept 了？",
    ),
    "served-once": Sentence(
        "Your server served one visitor and is gone. Accept in a loop.",
        "你的服务器接待一位客人之后就不在了。accept 要放在循环里。",
    ),
    "fell-over-an-empty-visit": Sentence(
        "Somebody came and left without a word, and your server is gone. When recv returns b'', close this "
        "connection and accept the next.",
        "有人来了没说话就走了，你的服务器也跟着没了。recv 返回 b'' 时，关闭这个连接，接着 accept 下一个。",
    ),
    "answered-half-a-request": Sentence(
        "You answered half a request: only “… {part}” had come. Read until the empty line (\\r\\n\\r\\n).",
        "你只收到半个请求就回答了：那时只到了“… {part}”。要读到空行（\\r\\n\\r\\n）为止。",
    ),
    "no-response": Sentence(
        "The request has gone, and no answer comes. Is your server still waiting in recv, or did it crash?",
        "请求发出去了，没有回答。你的服务器还停在 recv 里，还是出错了？",
    ),
    "response-unfinished": Sentence(
        "Your answer's head has no end: an empty line is missing (\\r\\n\\r\\n).",
        "你的回答的头没有结尾：少了一个空行（\\r\\n\\r\\n）。",
    ),
    "bad-status-line": Sentence(
        "“{line}” is no status line. The first line is: HTTP/1.1 200 OK",
        "“{line}”不是状态行。第一行应该是：HTTP/1.1 200 OK",
    ),
    "no-length": Sentence(
        "Content-Length is missing, so a browser does not know where the page ends.",
        "少了 Content-Length，浏览器不知道页面到哪里结束。",
    ),
    "length-too-long": Sentence(
        "Content-Length says {got}, but only {expected} bytes came: a browser waits for the rest.",
        "Content-Length 写着 {got}，只来了 {expected} 字节：浏览器还在等剩下的。",
    ),
    "length-too-short": Sentence(
        "Content-Length says {got}, but {expected} bytes came.",
        "Content-Length 写着 {got}，却来了 {expected} 字节。",
    ),
    "length-in-characters": Sentence(
        "Content-Length counts bytes: {expected}. You counted characters: {got}. Encode first, then take "
        "len().",
        "Content-Length 数的是字节：{expected}。你数的是字符：{got}。先编码再取 len()。",
    ),
    "wrong-status": Sentence(
        "Status {expected} was right, “{got}” came.",
        "状态应该是 {expected}，收到的是“{got}”。",
    ),
    "wrong-content-type": Sentence(
        "The field must be Content-Type: text/html; charset=utf-8. It was: {got}",
        "应该是 Content-Type: text/html; charset=utf-8。收到的是：{got}",
    ),
    "no-title": Sentence(
        "The page has no title. Put your name there: <title>NAME</title>",
        "页面没有标题。把你的名字写在这里：<title>名字</title>",
    ),
    "always-the-same-page": Sentence(
        "{path} does not exist, and your server said {got}. Look at the path, and answer 404 to what you do "
        "not have.",
        "{path} 并不存在，你的服务器却说 {got}。要看请求的路径，没有的就回答 404。",
    ),
    # --- one-road ---
    "road-wasted": Sentence(
        "Only {percent} % of your {sent} datagrams brought something new; the full queue threw {lost} away. "
        "Who loses must slow down: send fewer at once after each loss.",
        "你发了 {sent} 个数据报，只有 {percent} % 带来了新东西；队列满了，丢了 {lost} 个。丢了就要慢下来："
        "每次丢失之后，少发几个。",
    ),
    "too-timid": Sentence(
        "After {seconds} seconds only {arrived} numbers had arrived. The road carries more: let several "
        "be on "
        "the way at once.",
        "{seconds} 秒之后才到了 {arrived} 个。这条路还很空：让几个数据报同时在路上。",
    ),
}

NOTES: dict[str, Sentence] = {
    "connected": Sentence("connected", "已连接"),
    "refused": Sentence("refused", "被拒绝"),
    "no-answer": Sentence("no answer", "没有回答"),
    "ended": Sentence("your side has ended (end of the stream)", "你这边结束了（流的结束）"),
    "we-ended": Sentence("Duplex has ended its side", "Duplex 结束了自己这边"),
    "reset": Sentence("the connection is gone (reset)", "连接断了（复位）"),
    "lost": Sentence("lost on the way", "路上丢了"),
    "answer-lost": Sentence("the answer was lost on the way", "回答在路上丢了"),
    "answers-lost": Sentence("answers were lost on the way", "有回答在路上丢了"),
    "behind-a-gap": Sentence("came after a gap: thrown away", "前面有缺口：扔掉了"),
    "on-the-way": Sentence(
        "a round trip is over, {value} were without an answer", "一个来回结束，没回答的有 {value} 个"
    ),
    "pace": Sentence("{value} datagrams in each round trip", "平均每个来回送到 {value} 个"),
}
"""``{value}`` stands for what follows the key in the line."""

WORDS: dict[str, Sentence] = {
    "name": Sentence("name", "名字"),
    "answer": Sentence("answer", "回答"),
    "receipt": Sentence("receipt", "回执"),
}
"""Values that are words themselves (of "what")."""


def verdict_sentence(code: str, values: Mapping[str, str], language: str) -> str:
    """The sentence of a verdict; ``code`` "" is passed. ``language``: "en" or "zh_CN"."""
    if not code:
        return (PASSED_WITH_PACE if "pace" in values else PASSED).get(language).format_map(values)
    words = dict(values)
    if words.get("what") in WORDS:
        words["what"] = WORDS[words["what"]].get(language)
    return VERDICTS[code].get(language).format_map(words)


def note_sentence(text: str, language: str) -> str:
    """The words of a line whose direction is "note"."""
    key, _, value = text.partition(" ")
    return NOTES[key].get(language).format(value=value) if key in NOTES else text
