// Chỉ đỡ phải tải lại trang; tắt script thì mọi việc vẫn làm được.
// Phần sống đổi chữ tại chỗ: nút đang ở dưới ngón tay vẫn là nút ấy, và đang bấm thì chưa đổi gì.
// Lời báo việc vừa làm chỉ nói một lần: tải lại, quay lại hay đánh dấu trang thì không còn.
const here = new URL(location);
if (here.searchParams.has("da")) {
  here.searchParams.delete("da");
  history.replaceState(history.state, "", here);
}
if (document.querySelector(".top")) addEventListener("load", () => navigator.serviceWorker?.register("/ngoai-tuyen.js").catch(() => {}));
for (const button of document.querySelectorAll("[data-in]")) button.addEventListener("click", () => print());
let pressing = false;
document.documentElement.classList.add("js");
export const keep = { still: false };
let lost = false;
const reached = new WeakSet(); // biểu mẫu vừa hỏi thấy đài: gửi thật
for (const [name, down] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
  addEventListener(name, () => { pressing = down; }, { capture: true });
}
const alike = (one, other) => one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
function follow(old, wanted) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== wanted.data) old.data = wanted.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (name !== "open" && !wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  followAll(old, wanted);
}
export function followAll(part, wanted) {
  let here = part.firstChild;
  for (const next of [...wanted.childNodes]) {
    const kept = here && alike(here, next) ? here : next.id && [...part.children].find((one) => one.id === next.id);
    if (!kept) {
      part.insertBefore(next, here);
      continue;
    }
    while (here !== kept && here && !(here.id && wanted.querySelector(`:scope > #${CSS.escape(here.id)}`))) {
      const gone = here;
      here = here.nextSibling;
      gone.remove();
    }
    if (here !== kept) part.insertBefore(kept, here);
    else here = here.nextSibling;
    follow(kept, next);
  }
  while (here) {
    const gone = here;
    here = here.nextSibling;
    gone.remove();
  }
}
// Con số ở mục lục và trên thẻ trình duyệt đi theo dải báo: việc mới tới thì thẻ đang mở ở sau cũng nói.
function recount() {
  for (const { dataset, value } of document.querySelectorAll("data[data-muc]")) {
    for (const place of document.querySelectorAll(`[data-dem="${dataset.muc}"]`)) {
      place.firstChild.data = value;
      place.hidden = value === "0";
    }
    if (dataset.muc === "/") document.title = (value === "0" ? "" : `(${value}) `) + document.title.replace(/^\(\d+\) /, "");
  }
}
for (const part of document.querySelectorAll("[data-tai-lai]")) {
  const { taiLai: url, nhip = "2000" } = part.dataset;
  setInterval(async () => {
    if ((document.hidden && part.id !== "bang") || pressing || keep.still) return;
    const answer = await fetch(url).catch(() => null);
    if (part.id === "bang") tellLost(answer === null);
    if (!answer?.ok || answer.redirected) return;
    const wanted = document.createElement("template");
    wanted.innerHTML = await answer.text();
    if (!pressing && !keep.still) followAll(part, wanted.content);
    recount();
  }, Number(nhip));
}
for (const form of document.querySelectorAll("form[data-hoi]")) {
  form.addEventListener("submit", (event) => {
    if (!reached.has(form) && !confirm(form.dataset.hoi)) event.preventDefault();
  });
}
for (const form of document.querySelectorAll("form[data-chep]")) {
  form.addEventListener("submit", () => {
    const text = document.getElementById(form.dataset.chep);
    const fold = text.closest("details");
    if (navigator.clipboard) navigator.clipboard.writeText(text.value).catch(() => {});
    else {
      fold.open = true;
      text.select();
      document.execCommand("copy");
    }
  });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-nghe]");
  if (!link) return;
  event.preventDefault();
  new Audio(link.href).play().catch(() => window.open(link.href));
});
// Ngày vẫn gõ được; nút chỉ mở lịch của trình duyệt rồi điền theo ngày/tháng/năm.
for (const field of document.querySelectorAll("input[data-ngay]")) {
  if (!HTMLInputElement.prototype.showPicker) break;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Lịch" });
  const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  const group = field.form?.querySelector("h2, h3, legend") ?? field.closest("details, section")?.querySelector("summary, h2");
  const about = [label?.firstChild, group].map((one) => one?.textContent.trim()).filter(Boolean);
  button.setAttribute("aria-label", `Mở lịch: ${about.join(", ")}`);
  const row = Object.assign(document.createElement("div"), { className: "dated" });
  field.replaceWith(row);
  row.append(field, button);
  button.addEventListener("click", () => {
    row.querySelector(".picker")?.remove();
    const picker = Object.assign(document.createElement("input"), { type: "date", tabIndex: -1, className: "picker" });
    picker.setAttribute("aria-hidden", "true");
    const [day, month, year] = field.value.split("/");
    if (year) picker.value = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    picker.addEventListener("change", () => {
      field.value = picker.value.split("-").reverse().join("/");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      picker.remove();
    });
    row.append(picker);
    picker.showPicker();
  });
}
// Đổi thể loại thì ngày cuối theo, trừ khi người đã tự gõ ngày khác.
for (const field of document.querySelectorAll("input[data-han]")) {
  const ends = JSON.parse(field.dataset.han);
  field.form.elements.the_loai.addEventListener("change", (event) => {
    if (!field.value || Object.values(ends).includes(field.value)) field.value = ends[event.target.value] ?? field.value;
  });
  const { khong_han: endless } = field.form.elements;
  endless.addEventListener("change", () => { if (endless.checked) field.value = ""; });
  field.addEventListener("input", () => { if (field.value) endless.checked = false; });
}
for (const form of document.querySelectorAll("form[data-tong]")) {
  let waiting;
  const add = async () => {
    const answer = await fetch(form.dataset.tong, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    if (answer?.ok) form.querySelector("[data-tong-o]").innerHTML = await answer.text();
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(add, 300);
  });
}
// Tệp quá nặng thì nói ngay ở ô chọn, trước khi gửi: chữ đang gõ không đi đâu cả.
document.addEventListener("change", ({ target }) => {
  const most = Number(target.dataset?.toiDa);
  if (!most) return;
  const heavy = [...target.files].some((file) => file.size > most * 1e6);
  target.setCustomValidity(heavy ? `Tệp nặng hơn ${most} MB. Hãy chọn tệp khác, hoặc bớt ảnh, xuất lại tệp nhẹ hơn.` : "");
  if (heavy) target.reportValidity();
});
document.addEventListener("submit", (event) => {
  const heavy = [...event.target.elements].find((one) => one.dataset?.toiDa && one.files?.length && !one.checkValidity());
  const sends = event.submitter?.formEnctype === "multipart/form-data" || event.target.enctype === "multipart/form-data";
  if (!heavy || !sends) return;
  event.preventDefault();
  heavy.reportValidity();
});
// Ô bắt buộc còn trống: trình duyệt nói bằng tiếng Việt, dù nó đang ở ngôn ngữ nào.
addEventListener("invalid", ({ target }) => {
  if (target.validity.valueMissing) target.setCustomValidity(target.dataset.thieu ?? "Ô này bắt buộc. Hãy điền rồi gửi lại.");
}, true);
addEventListener("input", ({ target }) => {
  if (!target.dataset?.toiDa) target.setCustomValidity?.("");
}, true);
// Nút cần lý do: ô còn trống thì đưa người tới ô ấy, chưa gửi đi đâu cả.
for (const button of document.querySelectorAll("button[data-can]")) {
  button.addEventListener("click", (event) => {
    const field = document.getElementById(button.dataset.can);
    if (field.value.trim()) return;
    event.preventDefault();
    field.setAttribute("aria-invalid", "true");
    field.scrollIntoView({ block: "center" });
    field.setCustomValidity(button.dataset.thieu);
    field.reportValidity();
    field.focus();
  });
}
// Bấm gửi thì nút nói ngay “Đang gửi…”, bấm nữa không gửi thêm. Biểu mẫu có chữ dài, hay khi ngờ mất mạng, thì hỏi đài một
// tiếng trước đã: gửi vào chỗ không có mạng là trình duyệt bỏ trang này, và chữ vừa gõ đi theo nó.
const LOST = "Mất kết nối với máy của đài, chưa gửi được. Chữ đang gõ vẫn còn ở trang này: có mạng lại thì bấm lần nữa.";
const STUCK_MS = 30_000;
const RED = /^\/(khan-cap|im-lang)(\/|$)/; // nút đỏ không hỏi ai trước, bấm lại thì gửi lại: khoá của lệnh giữ cho nó là một
export function hold(form, button) {
  form.dataset.dangGui = "";
  if (!button || button.dataset.chu !== undefined) return;
  button.dataset.chu = button.innerHTML;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Đang gửi…";
}
function release(form) {
  delete form.dataset.dangGui;
  reached.delete(form);
  for (const button of form.elements) {
    if (button.dataset.chu === undefined) continue;
    button.innerHTML = button.dataset.chu;
    delete button.dataset.chu;
    button.removeAttribute("aria-disabled");
    button.style.minWidth = "";
  }
}
function tellLost(is, near) {
  lost = is;
  const told = document.querySelector("#mat-mang");
  if (!is) told?.remove();
  else if (!told || near) {
    told?.remove();
    const line = Object.assign(document.createElement("p"), { id: "mat-mang", className: "alert critical", textContent: LOST });
    line.setAttribute("role", "alert");
    if (near) near.after(line);
    else document.querySelector("main").prepend(line);
    if (near) line.scrollIntoView({ block: "nearest" });
  }
}
async function reach(form, button) {
  const answer = await fetch("/suc-khoe", { cache: "no-store", signal: AbortSignal.timeout(8000) }).catch(() => null);
  if (answer) {
    tellLost(false);
    reached.add(form);
    delete form.dataset.dangGui;
    form.requestSubmit(button);
    return;
  }
  release(form);
  tellLost(true, button?.closest(".row, p") ?? button ?? form);
  form.dispatchEvent(new Event("chua-gui"));
}
addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  if (event.defaultPrevented || form.method !== "post" || button?.formTarget === "_blank") return;
  const red = RED.test(new URL(button?.hasAttribute("formaction") ? button.formAction : form.action).pathname);
  if (form.dataset.dangGui !== undefined && !red) {
    event.preventDefault();
    return;
  }
  hold(form, button);
  const long = [...form.elements].some((one) => one.nodeName === "TEXTAREA" && one.value.trim());
  if (!red && !reached.has(form) && (lost || !navigator.onLine || long)) {
    event.preventDefault();
    reach(form, button);
  } else if (form.enctype !== "multipart/form-data") setTimeout(release, STUCK_MS, form);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-dang-gui]").forEach(release));
