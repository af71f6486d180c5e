// Luồng âm thanh của trình duyệt: gom mẫu thô rồi chuyển cho trang, không nén, không đụng vào tiếng.
const SIZE = 4096;

class Collector extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(SIZE);
    this.filled = 0;
    this.on = true;
    this.port.onmessage = () => {
      this.port.postMessage(this.block.slice(0, this.filled));
      this.port.postMessage(null);
      this.on = false;
    };
  }

  process([input]) {
    const samples = input[0];
    if (samples) {
      for (const sample of samples) {
        this.block[this.filled++] = sample;
        if (this.filled === SIZE) {
          this.port.postMessage(this.block.slice());
          this.filled = 0;
        }
      }
    }
    return this.on;
  }
}
registerProcessor("thu-am", Collector);
