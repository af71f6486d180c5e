// Kéo trên hình sóng để chọn đoạn, chạm để nghe từ đó; tắt script thì gõ giây vẫn sửa được.
const wave = document.querySelector("[data-song]");
const [picked, head] = [wave.querySelector(".picked"), wave.querySelector(".head")];
const length = Number(wave.dataset.song);
const width = wave.viewBox.baseVal.width;
const [from, to] = ["tu", "den"].map((name) => document.getElementById(name));
const sound = document.querySelector("audio");
const seconds = (text) => Math.min(length, Math.max(0, Number(text.replace(",", ".")) || 0));
const written = (time) => time.toFixed(2).replace(".", ",");

function draw() {
  const [start, end] = [seconds(from.value), seconds(to.value)].sort((a, b) => a - b);
  picked.setAttribute("x", (start / length) * width);
  picked.setAttribute("width", ((end - start) / length) * width);
}

const at = (event) => {
  const box = wave.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * length;
};

wave.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  const start = at(event);
  const drag = new AbortController();
  const move = (moved) => {
    const [first, last] = [start, at(moved)].sort((a, b) => a - b);
    if (last - first < 0.02) return;
    from.value = written(first);
    to.value = written(last);
    draw();
  };
  window.addEventListener("pointermove", move, { signal: drag.signal });
  window.addEventListener("pointercancel", () => drag.abort(), { signal: drag.signal });
  window.addEventListener("pointerup", (ended) => {
    drag.abort();
    sound.currentTime = Math.min(start, at(ended));
  }, { signal: drag.signal });
});
for (const box of [from, to]) box.addEventListener("input", draw);
sound.addEventListener("timeupdate", () => {
  const place = (sound.currentTime / length) * width;
  head.setAttribute("x1", place);
  head.setAttribute("x2", place);
});
draw();
