// Thứ tự phát: kéo bằng chuột hay ngón tay, nhấc bằng bàn phím; nút nào bấm cũng không tải lại trang, không mất chỗ đang đứng.
import { followAll, keep } from "./broadcaster.js";

const part = document.querySelector("#thu-tu");
const spoken = document.querySelector("#noi");
document.documentElement.classList.add("js");

const list = () => part.querySelector("ol.order");
const movable = () => [...list().querySelectorAll("li[data-doi]")];
const say = (text) => { spoken.textContent = text; };
const place = (row) => `vị trí ${movable().indexOf(row) + 1} trên ${movable().length}`;

async function send(url, body) {
  const { activeElement } = document;
  const row = activeElement?.closest("li")?.id;
  const button = activeElement?.dataset?.nut;
  const answer = await fetch(url, { method: "POST", body }).catch(() => null);
  if (!answer) return say("Mất kết nối nên chưa đổi gì. Hãy thử lại.");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const wanted = page.querySelector("#thu-tu");
  if (!wanted) return location.reload();
  followAll(part, wanted);
  const again = row && part.querySelector(`#${row}`);
  (again?.querySelector(`[data-nut="${button}"]`) ?? again?.querySelector(".handle"))?.focus({ preventScroll: true });
  say((part.querySelector("#loi, #vua-doi span, #vua-go span") ?? page.querySelector("p.said"))?.textContent ?? "");
}

part.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target.action, new URLSearchParams(new FormData(event.target)));
});

function settle(row, before) {
  keep.still = false;
  row.classList.remove("lifted");
  if (row.nextElementSibling === before) return;
  const body = new URLSearchParams({
    item: row.dataset.item,
    sau: row.previousElementSibling?.dataset.item ?? "",
    version: list().dataset.version,
  });
  send(list().dataset.doiO, body);
}

function lift(row) {
  keep.still = true;
  row.classList.add("lifted");
  return row.nextElementSibling;
}

function back(row, before) {
  list().insertBefore(row, before);
  keep.still = false;
  row.classList.remove("lifted");
}

part.addEventListener("pointerdown", (event) => {
  const row = event.target.closest(".handle")?.closest("li");
  if (!row || event.button) return;
  event.preventDefault();
  const before = lift(row);
  const ended = new AbortController(); // bắt chuột mất khi hàng đổi chỗ trong trang: nghe ở cửa sổ
  const { signal } = ended;
  addEventListener("pointermove", ({ clientY }) => {
    for (const other of movable()) {
      const box = other.getBoundingClientRect();
      if (other === row || clientY < box.top || clientY > box.bottom) continue;
      list().insertBefore(row, clientY < box.top + box.height / 2 ? other : other.nextElementSibling);
      break;
    }
  }, { signal });
  addEventListener("pointerup", () => { ended.abort(); settle(row, before); }, { signal });
  addEventListener("pointercancel", () => { ended.abort(); back(row, before); }, { signal });
  addEventListener("keydown", ({ key }) => { if (key === "Escape") { ended.abort(); back(row, before); } }, { signal });
});

let held = null;
part.addEventListener("keydown", (event) => {
  const handle = event.target.closest(".handle");
  if (!handle) return;
  const row = handle.closest("li");
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    if (held?.row === row) {
      const { before } = held;
      held = null;
      settle(row, before);
    } else {
      held = { row, before: lift(row) };
      say(`Đã nhấc “${row.dataset.ten}”, ${place(row)}. Mũi tên để dời, phím cách để đặt, Esc để thôi.`);
    }
  } else if (held?.row === row && event.key === "Escape") {
    back(row, held.before);
    held = null;
    handle.focus({ preventScroll: true });
    say("Đã thôi, mục ở nguyên chỗ cũ.");
  } else if (held?.row === row && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const rows = movable();
    const other = rows[rows.indexOf(row) + (event.key === "ArrowUp" ? -1 : 1)];
    if (!other) return;
    list().insertBefore(row, event.key === "ArrowUp" ? other : other.nextElementSibling);
    handle.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    say(place(row));
  }
});

// Tìm bản tin để thêm: gõ tới đâu danh sách theo tới đấy; tắt script thì nút Tìm làm việc ấy.
const offer = document.querySelector("#them");
let asking;
offer?.addEventListener("input", ({ target: box }) => {
  if (box.name !== "tim") return;
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const { value } = box;
    const answer = await fetch(`${offer.dataset.tim}?${new URLSearchParams(new FormData(box.form))}`).catch(() => null);
    if (!answer?.ok || answer.redirected || box.value !== value) return;
    const wanted = document.createElement("template");
    wanted.innerHTML = await answer.text();
    followAll(offer, wanted.content.querySelector("#them"));
  }, 300);
});
