// Một lần thu: mẫu thô thành những tệp WAV một giây, xếp hàng và gửi lần lượt; mất mạng, hết phiên thì giữ lại rồi gửi tiếp.

/** Mẫu 16 bit một kênh thành tệp WAV. */
export function wav(samples, rate) {
  const head = new DataView(new ArrayBuffer(44));
  const text = (at, letters) => [...letters].forEach((letter, place) => head.setUint8(at + place, letter.charCodeAt(0)));
  text(0, "RIFF"); head.setUint32(4, 36 + samples.byteLength, true); text(8, "WAVEfmt ");
  head.setUint32(16, 16, true); head.setUint16(20, 1, true); head.setUint16(22, 1, true);
  head.setUint32(24, rate, true); head.setUint32(28, rate * 2, true); head.setUint16(32, 2, true); head.setUint16(34, 16, true);
  text(36, "data"); head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples], { type: "audio/wav" });
}

const NO_SESSION = [401, 413]; // chưa đăng nhập thì máy chủ chỉ nhận vài chữ, phần tiếng bị coi là quá lớn

export class Take {
  /** `sent`: số phần máy chủ đã có từ trước (thu tiếp một lần dở). */
  constructor(url, rate, sent = 0) {
    Object.assign(this, { url, rate, sent, blocks: [], held: 0, samples: 0, all: [], queue: [], ended: false, trouble: "" });
  }

  add(block) {
    const whole = Int16Array.from(block, (one) => Math.max(-32768, Math.min(32767, Math.round(one * 32768))));
    this.blocks.push(whole);
    this.held += whole.length;
    this.samples += whole.length;
    if (this.held >= this.rate) this.cut();
  }

  /** Phần đang gom thành một tệp, vào hàng gửi. */
  cut() {
    if (!this.held) return;
    const samples = joined(this.blocks);
    this.blocks = [];
    this.held = 0;
    this.all.push(samples);
    this.queue.push(wav(samples, this.rate));
    this.send();
  }

  /** Gửi tới khi hết hàng. `trouble`: "mạng" và "phiên" thì còn tự thử lại, "bỏ" thì máy chủ không nhận nữa. */
  async send() {
    if (this.sending) return;
    this.sending = true;
    for (let wait = 500; this.queue.length && this.trouble !== "bỏ"; ) {
      const answer = await fetch(`${this.url}/${this.sent}`, { method: "PUT", body: this.queue[0] }).catch(() => null);
      if (answer?.ok) {
        this.queue.shift();
        this.sent += 1;
        wait = 500;
        this.tell("");
        continue;
      }
      const refused = answer && answer.status < 500 && answer.status !== 429;
      this.tell(!refused ? "mạng" : NO_SESSION.includes(answer.status) ? "phiên" : "bỏ");
      await new Promise((done) => (this.hurry = done, setTimeout(done, wait)));
      wait = Math.min(wait * 2, 8000);
    }
    this.sending = false;
    this.onsent?.();
  }

  tell(trouble) {
    const changed = this.trouble !== trouble;
    this.trouble = trouble;
    if (changed || trouble === "mạng") this.ontrouble?.(trouble);
  }

  get left() {
    return this.queue.length;
  }

  get whole() {
    return wav(joined(this.all), this.rate);
  }
}

function joined(blocks) {
  const whole = new Int16Array(blocks.reduce((sum, one) => sum + one.length, 0));
  blocks.reduce((at, one) => (whole.set(one, at), at + one.length), 0);
  return whole;
}
