// Lịch tuần: kéo một buổi sang cột ngày khác bằng chuột, ngón tay hay bàn phím; không có script thì dùng ô “Dời”.

const table = document.querySelector("table.week");
const spoken = document.querySelector("#noi");
const say = (text) => { spoken.textContent = text; };
const cells = (entry) => [...entry.closest("tr").querySelectorAll("td[data-ngay]")];
const nameOf = (cell) => cell.dataset.ten;

function send(entry, cell) {
  const form = entry.querySelector("form");
  form.elements.sang.value = cell.dataset.ngay;
  form.requestSubmit();
}

function mark(cell) {
  for (const old of table.querySelectorAll("td.over")) old.classList.remove("over");
  cell?.classList.add("over");
}

function put(entry, home, cell) {
  entry.classList.remove("lifted");
  mark(null);
  if (cell && cell !== home) send(entry, cell);
}

table?.addEventListener("pointerdown", (event) => {
  const entry = event.target.closest(".handle")?.closest(".entry");
  if (!entry || event.button) return;
  event.preventDefault();
  const home = entry.closest("td");
  let over = home;
  entry.classList.add("lifted");
  const ended = new AbortController();
  const { signal } = ended;
  const finish = (cell) => { ended.abort(); put(entry, home, cell); };
  addEventListener("pointermove", ({ clientX, clientY }) => {
    const inside = ({ left, right, top, bottom }) => clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
    over = cells(entry).find((cell) => inside(cell.getBoundingClientRect())) ?? over;
    mark(over);
  }, { signal });
  addEventListener("pointerup", () => finish(over), { signal });
  addEventListener("pointercancel", () => finish(null), { signal });
  addEventListener("keydown", ({ key }) => { if (key === "Escape") finish(null); }, { signal });
});

let held = null;
table?.addEventListener("keydown", (event) => {
  const entry = event.target.closest(".handle")?.closest(".entry");
  if (!entry) return;
  const row = cells(entry);
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    if (held?.entry !== entry) {
      held = { entry, at: row.indexOf(entry.closest("td")) };
      entry.classList.add("lifted");
      say(`Đã nhấc “${entry.dataset.ten}”. Mũi tên trái, phải để chọn ngày, phím cách để đặt, Esc để thôi.`);
      return;
    }
    const cell = row[held.at];
    held = null;
    put(entry, entry.closest("td"), cell);
  } else if (held?.entry === entry && event.key === "Escape") {
    held = null;
    put(entry, null, null);
    say("Đã thôi, buổi ở nguyên ngày cũ.");
  } else if (held?.entry === entry && ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) {
    event.preventDefault();
    const step = event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 1;
    held.at = Math.min(row.length - 1, Math.max(0, held.at + step));
    mark(row[held.at]);
    row[held.at].scrollIntoView({ block: "nearest", inline: "nearest" });
    say(nameOf(row[held.at]));
  }
});
