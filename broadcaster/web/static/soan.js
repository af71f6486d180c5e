// Trang soạn: tự giữ chữ đang gõ (về đài, mất mạng thì trên máy này), hỏi lại trước khi rời trang, đếm chữ, xem cách đọc.
import { hold } from "./broadcaster.js";
import { stop } from "./cach-doc.js";

const form = document.querySelector("#soan");
const lines = document.querySelectorAll("[data-da-giu]");
const { cho: { value: place } } = form.elements;
const prefix = `soan:${form.dataset.nguoi}:`;
const key = prefix + place;
const clock = () => new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false });
const say = (text, wrong = false) => {
  for (const line of lines) {
    line.textContent = text;
    line.classList.toggle("problem", wrong);
  }
};
const fields = () => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "khoa_gui");
const store = {
  put(value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  get(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
  drop(name) { try { localStorage.removeItem(name); } catch { /* không có kho: không có gì để bỏ */ } },
  names() { try { return Object.keys(localStorage).filter((name) => name.startsWith(prefix)); } catch { return []; } },
};

let typed = 0; // lần gõ thứ mấy
let safe = 0; // lần gõ mới nhất đài đã giữ
let sending = null;
let waiting;
let leaving = false;

async function send() {
  clearTimeout(waiting);
  const now = typed;
  if (now === safe) return;
  try {
    const answer = await fetch(form.dataset.giu, { method: "POST", body: new URLSearchParams(fields()), signal: AbortSignal.timeout(15000) });
    if (answer.status === 401) throw new Error("Phiên làm việc đã hết: hãy đăng nhập lại ở một thẻ khác");
    if (!answer.ok) throw new Error("Đài chưa giữ được");
    safe = Math.max(safe, now);
    say(`Đã lưu ${(await answer.json()).luc}`);
    if (typed === now) store.drop(key);
  } catch (error) {
    const why = error.message.startsWith("Phiên") || error.message.startsWith("Đài") ? error.message : "Mất kết nối";
    const kept = store.put({ at: clock(), fields: fields() });
    say(kept ? `${why}. Đã lưu ${clock()} trên máy này, sẽ gửi lại` : `${why}. Đừng đóng trang: chữ chưa được giữ ở đâu`, true);
  }
  if (typed !== safe) waiting = setTimeout(flush, typed === now ? 10000 : 1500);
}
function flush() {
  sending ??= send().finally(() => { sending = null; });
  return sending;
}
function changed() {
  typed += 1;
  store.put({ at: clock(), fields: fields() });
  clearTimeout(waiting);
  waiting = setTimeout(flush, 1500);
}
form.addEventListener("input", changed);
form.addEventListener("change", changed);
addEventListener("online", flush);
document.addEventListener("visibilitychange", () => { if (document.hidden && !leaving) flush(); });
addEventListener("beforeunload", (event) => { if (typed !== safe && !leaving) event.preventDefault(); });
// Nút bấm đợi lần giữ đang đi: lần giữ tới sau lần lưu thì chữ đã lưu lại hiện ra như gõ dở.
form.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.submitter?.formTarget === "_blank") return;
  if (leaving || !sending) {
    leaving = true;
    clearTimeout(waiting);
    return;
  }
  event.preventDefault();
  hold(form, event.submitter);
  const patience = new Promise((done) => { setTimeout(done, 3000); });
  Promise.race([sending, patience]).then(() => {
    leaving = true;
    delete form.dataset.dangGui;
    form.requestSubmit(event.submitter);
  });
});
addEventListener("pageshow", () => { leaving = false; });
form.addEventListener("chua-gui", () => {
  leaving = false;
  changed();
});

// Chữ còn trên máy này từ lúc mất mạng.
const bar = document.querySelector("#lay-lai");
const left = store.names().filter((name) => name === key || (place.startsWith("moi-") && name.startsWith(`${prefix}moi-`)));
const old = left.map((name) => ({ name, ...store.get(name) })).find((one) => Array.isArray(one.fields));
if (old) {
  const told = Object.fromEntries(old.fields);
  bar.querySelector("strong").textContent = `“${told.tieu_de || (told.noi_dung ?? "").slice(0, 60)}”, gõ lúc ${old.at}`;
  bar.hidden = false;
  bar.querySelector("[data-lay]").addEventListener("click", () => {
    const many = Map.groupBy ? Map.groupBy(old.fields, ([name]) => name) : old.fields.reduce((all, one) => all.set(one[0], [...(all.get(one[0]) ?? []), one]), new Map());
    for (const field of form.elements) {
      if (!field.name || ["khoa_gui", "cho", "version"].includes(field.name) || field.type === "file" || field.type === "submit") continue;
      const values = (many.get(field.name) ?? []).map(([, value]) => value);
      if (field.type === "checkbox") field.checked = values.includes(field.value);
      else if (values.length) [field.value] = values;
    }
    store.drop(old.name);
    bar.hidden = true;
    form.elements.noi_dung.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements.noi_dung.focus();
  });
  bar.querySelector("[data-bo]").addEventListener("click", () => {
    store.drop(old.name);
    bar.hidden = true;
  });
}

for (const field of form.querySelectorAll("[data-nhieu-nhat]")) {
  const most = Number(field.dataset.nhieuNhat);
  const count = Object.assign(document.createElement("small"), { className: "counter" });
  field.after(count);
  const tell = () => {
    const over = field.value.length - most;
    count.textContent = over > 0 ? `Quá ${over.toLocaleString("vi-VN")} ký tự` : `${field.value.length.toLocaleString("vi-VN")} / ${most.toLocaleString("vi-VN")} ký tự`;
    count.classList.toggle("problem", over > 0);
  };
  field.addEventListener("input", tell);
  tell();
}

const reading = form.querySelector("[data-cach-doc]");
const READ = ["tieu_de", "noi_dung", "tra_loi", "chon", "the_loai", "chuyen_muc", "tdp"];
let turn = 0;
let looking;
async function look() {
  turn += 1;
  const mine = turn;
  const body = new URLSearchParams(fields().filter(([name]) => READ.includes(name)));
  const answer = await fetch(reading.dataset.cachDoc, { method: "POST", body }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = await answer.text();
  if (mine !== turn) return; // đã gõ tiếp: cách đọc mới hơn đang tới
  stop();
  reading.innerHTML = page;
}
form.addEventListener("input", ({ target }) => {
  if (!READ.includes(target.name)) return;
  clearTimeout(looking);
  looking = setTimeout(look, 700);
});
const chosen = form.querySelector("[data-da-chon]");
chosen?.closest("details").addEventListener("change", () => {
  const labels = [...chosen.closest("details").querySelectorAll("input:checked")].map((box) => box.closest("label").textContent.trim().split(" · ")[0]);
  chosen.textContent = labels.join(", ") || "chưa chọn";
});
