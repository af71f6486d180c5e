// Thu bằng micrô: mẫu thô thành những tệp WAV một giây, gửi ngay trong lúc nói; mất mạng thì giữ lại và gửi tiếp.
const RATE = 48000;
const card = document.querySelector("[data-thu-am]");
const part = (name) => card.querySelector(`[data-${name}]`);
const form = part("xong");
let take = null;

const why = !window.isSecureContext
  ? "Trình duyệt chỉ cho dùng micrô qua https hoặc ngay trên máy chạy đài. Hãy thu bằng điện thoại hoặc máy thu rồi tải tệp lên."
  : !navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode
    ? "Trình duyệt này không thu âm được. Hãy dùng Chrome, Edge hay Firefox bản mới, hoặc tải tệp lên."
    : "";
if (why) {
  part("khong-thu").textContent = why;
  part("khong-thu").hidden = false;
} else {
  part("thu").hidden = false;
}

const say = (text) => (part("noi").textContent = text);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Mẫu 16 bit một kênh thành tệp WAV. */
function wav(samples, rate) {
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, letters) => [...letters].forEach((letter, place) => head.setUint8(at + place, letter.charCodeAt(0)));
  text(0, "RIFF"); head.setUint32(4, 36 + samples.byteLength, true); text(8, "WAVEfmt ");
  head.setUint32(16, 16, true); head.setUint16(20, 1, true); head.setUint16(22, 1, true);
  head.setUint32(24, rate, true); head.setUint32(28, rate * 2, true); head.setUint16(32, 2, true); head.setUint16(34, 16, true);
  text(36, "data"); head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples], { type: "audio/wav" });
}

/** Một lần thu: xếp hàng các phần và gửi lần lượt, gửi lại tới khi máy chủ nhận. */
class Take {
  constructor(url, rate) {
    this.url = url;
    this.rate = rate;
    this.blocks = [];
    this.held = 0;
    this.samples = 0;
    this.all = [];
    this.queue = [];
    this.sent = 0;
    this.lost = false;
    this.ended = false;
  }

  add(block) {
    const whole = Int16Array.from(block, (one) => Math.max(-32768, Math.min(32767, Math.round(one * 32768))));
    this.blocks.push(whole);
    this.held += whole.length;
    this.samples += whole.length;
    if (this.held >= this.rate) this.cut();
  }

  cut() {
    if (!this.held) return;
    const samples = new Int16Array(this.held);
    let at = 0;
    for (const block of this.blocks) { samples.set(block, at); at += block.length; }
    this.blocks = [];
    this.held = 0;
    this.all.push(samples);
    this.queue.push(wav(samples, this.rate));
    this.send();
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    for (let wait = 500; this.queue.length && !this.lost; ) {
      const answer = await fetch(`${this.url}/${this.sent}`, { method: "PUT", body: this.queue[0] }).catch(() => null);
      if (answer?.ok) {
        this.queue.shift();
        this.sent += 1;
        wait = 500;
      } else if (answer && answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
        this.lost = true;
        this.reason = answer.status === 401
          ? "Phiên làm việc đã hết. Hãy mở thẻ mới đăng nhập lại; phần đã gửi còn nguyên trên máy chủ."
          : "Máy chủ không nhận lần thu này. Hãy tải lại trang rồi thu lại.";
      } else {
        say(`Mất mạng, còn giữ ${this.queue.length} phần; đang gửi lại…`);
        await new Promise((done) => setTimeout(done, wait));
        wait = Math.min(wait * 2, 8000);
      }
    }
    this.sending = false;
    this.onsent?.();
  }

  get left() {
    return this.queue.length;
  }
}

async function start() {
  const opened = await fetch(card.dataset.thuAm, { method: "POST" }).catch(() => null);
  if (!opened?.ok) return say("Chưa mở được lần thu. Hãy tải lại trang rồi thử lại.");
  const { lan } = await opened.json();
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain }).catch(() => null);
  if (!stream) return say("Chưa được phép dùng micrô, hoặc máy không có micrô. Hãy bấm biểu tượng micrô cạnh thanh địa chỉ để cho phép.");
  const context = new AudioContext({ sampleRate: RATE });
  await context.audioWorklet.addModule("/tinh/thu-am-luong.js");
  const node = new AudioWorkletNode(context, "thu-am", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  take = new Take(`${card.dataset.thuAm}/${lan}`, context.sampleRate);
  take.onsent = progress;
  node.port.onmessage = ({ data }) => (data === null ? finish(context) : hear(data));
  context.createMediaStreamSource(stream).connect(node);
  take.stop = () => {
    node.port.postMessage("dừng");
    stream.getTracks().forEach((track) => track.stop());
  };
  show("thu");
  say("Đang thu. Đọc xong bấm Dừng.");
}

function hear(block) {
  take.add(block);
  const peak = block.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  const level = Math.max(-60, 20 * Math.log10(peak || 1e-6));
  part("muc").value = level;
  part("gio").value = clock(take.samples / take.rate);
  if (level > -1) say("Quá to, tiếng có thể vỡ: ngồi xa micrô hơn một chút.");
}

function finish(context) {
  context.close();
  take.ended = true;
  take.cut();
  const length = take.all.reduce((sum, one) => sum + one.length, 0);
  const whole = new Int16Array(length);
  take.all.reduce((at, one) => (whole.set(one, at), at + one.length), 0);
  part("nghe-lai").src = URL.createObjectURL(wav(whole, take.rate));
  show("xong");
  progress();
}

/** Nút dùng chỉ bật khi máy chủ đã có đủ mọi phần. */
function progress() {
  const button = form.querySelector("button:not([type=button])");
  button.disabled = !take.ended || take.left > 0 || take.lost;
  if (take.lost) say(take.reason);
  else if (take.ended) say(take.left ? `Đang gửi, còn ${take.left} phần…` : "Đã gửi đủ. Nghe lại, rồi dùng hoặc thu lại.");
  form.elements.so_phan.value = take.sent;
  form.action = `${take.url}/xong`;
}

/** Trong lúc thu, nút Dừng và mức tiếng ghim ở đáy màn hình: người đọc không phải rời mắt khỏi lời. */
function show(what) {
  part("thu").classList.toggle("dock", what === "thu");
  (what === "thu" ? document.querySelector(".prompter") : card).scrollIntoView({ block: "start" });
  part("bat").hidden = what !== "sẵn";
  part("dung").hidden = what !== "thu";
  part("nghe-lai").hidden = form.hidden = what !== "xong";
}

part("bat").addEventListener("click", () => start().catch(() => say("Micrô gặp lỗi. Hãy tải lại trang rồi thử lại.")));
part("dung").addEventListener("click", () => take.stop());
part("thu-lai").addEventListener("click", async () => {
  const old = take;
  take = null;
  show("sẵn");
  part("gio").value = clock(0);
  say("Bấm Bắt đầu thu để thu lại từ đầu.");
  await fetch(`${old.url}/bo`, { method: "POST" }).catch(() => null);
});
form.addEventListener("submit", () => (take.handedIn = true));
window.addEventListener("beforeunload", (event) => {
  if (take && !take.handedIn) event.preventDefault();
});
