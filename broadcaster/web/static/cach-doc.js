// Cách đọc: chỗ gạch chân và danh sách câu là một chặng Tab, mũi tên để đi; nghe từng câu hay cả bài, chữ đang đọc sáng lên.
const stopsOf = (group) => [...group.querySelectorAll(".reads, a[data-cau]")];
function step(group, from, to) {
  if (!to) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}
document.addEventListener("keydown", (event) => {
  const stop = event.target.closest?.(".reads, a[data-cau]");
  const group = stop?.closest("[data-mot-cham]");
  if (!group) return;
  if (event.key === "Escape") {
    stop.dataset.dong = "";
    stop.focus();
    return;
  }
  const stops = stopsOf(group);
  const at = stops.indexOf(stop);
  const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  step(group, stop, stops[next]);
});
document.addEventListener("focusin", ({ target }) => {
  const stop = target.closest?.(".reads, a[data-cau]");
  const group = stop?.closest("[data-mot-cham]");
  if (!group) return;
  for (const other of stopsOf(group)) other.tabIndex = other === stop ? 0 : -1;
});
for (const kind of ["focusout", "pointerover"]) {
  document.addEventListener(kind, ({ target, relatedTarget }) => {
    const stop = target.closest?.(".reads");
    if (stop && !stop.contains(relatedTarget)) delete stop.dataset.dong;
  });
}

const audio = new Audio();
let queue = [];
let lit = null;
function weigh(word) {
  return 1 + (/[,;:]$/.test(word) ? 0.8 : 0);
}
function light(line) {
  const words = line.textContent.split(" ");
  const total = words.reduce((sum, word) => sum + weigh(word), 0);
  line.replaceChildren(...words.flatMap((word, at) => [at ? " " : "", Object.assign(document.createElement("span"), { textContent: word })]));
  let sum = 0;
  return { line, marks: [...line.children].map((span) => ({ span, until: (sum += weigh(span.textContent)) / total })) };
}
function dim() {
  if (!lit) return;
  lit.line.closest("li").classList.remove("playing");
  lit.line.textContent = lit.line.textContent;
  lit = null;
}
function glow() {
  if (!lit || audio.paused) return;
  const part = audio.duration ? audio.currentTime / audio.duration : 0;
  const now = lit.marks.find((mark) => part < mark.until);
  for (const mark of lit.marks) mark.span.classList.toggle("now", mark === now);
  requestAnimationFrame(glow);
}
function tell(whole, label) {
  const button = document.querySelector("[data-nghe-ca]");
  if (button) {
    button.textContent = label;
    button.classList.toggle("going", whole);
  }
}
function stop() {
  queue = [];
  audio.pause();
  dim();
  tell(false, "Nghe thử cả bài");
}
async function next() {
  dim();
  const link = queue.shift();
  if (!link?.isConnected) return stop();
  lit = light(link.closest("li").querySelector(".spoken"));
  lit.line.closest("li").classList.add("playing");
  audio.src = link.href;
  try {
    await audio.play();
    glow();
  } catch (error) {
    if (error.name !== "AbortError") {
      stop();
      tell(false, "Không nghe được lúc này. Bấm để thử lại");
    }
  }
}
audio.addEventListener("ended", next);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-cau]");
  const whole = event.target.closest("[data-nghe-ca]");
  if (!link && !whole) return;
  event.preventDefault();
  const again = link ? lit?.line.closest("li") === link.closest("li") : queue.length > 0 || lit;
  stop();
  if (again) return;
  queue = link ? [link] : [...document.querySelectorAll("a[data-cau]")];
  if (whole) tell(true, "Dừng nghe");
  next();
});
export { stop };
