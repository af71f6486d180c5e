// Trang thu âm: bật micrô, gom tiếng vào một lần thu, và để ý mọi thứ làm mất tiếng giữa chừng: rút micrô, cuộc gọi, khoá màn hình,
// hết phiên. Gặp thì dừng, nói rõ, giữ phần đã thu, rồi cho thu tiếp từ chỗ dở.
import { Take } from "/tinh/thu-am-lan.js";

const RATE = 48000;
const SILENT_MS = 2500; // luồng tiếng đứng im chừng này khi đang thu: máy ngủ, màn hình khoá, trình duyệt treo trang
const MUTE_S = 4; // micrô mở mà toàn số không: phím tắt tiếng trên tai nghe, trên máy
const card = document.querySelector("[data-thu-am]");
const part = (name) => card.querySelector(`[data-${name}]`);
const form = part("xong");
let take = null;
let live = null; // đang thu: { stream, context, node, heard, mute, timer, lock }

const why = !window.isSecureContext
  ? "Trình duyệt chỉ cho dùng micrô qua https hoặc ngay trên máy chạy đài. Hãy thu bằng điện thoại hoặc máy thu rồi tải tệp lên."
  : !navigator.mediaDevices?.getUserMedia || !window.AudioWorkletNode
    ? "Trình duyệt này không thu âm được. Hãy dùng Chrome, Edge hay Firefox bản mới, hoặc tải tệp lên."
    : "";
part(why ? "khong-thu" : "thu").hidden = false;
part("khong-thu").textContent = why;
if (!why) document.querySelectorAll("[data-thu-tiep]").forEach((button) => (button.hidden = false));

const say = (text) => (part("noi").textContent = text);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Mở một lần thu mới; hoặc thu tiếp lần dở có khoá `key`, máy chủ đã nhận `sent` phần. */
async function begin(key, sent = 0) {
  if (!key) {
    const opened = await fetch(card.dataset.thuAm, { method: "POST" }).catch(() => null);
    if (opened?.status === 401) return say("Phiên làm việc đã hết. Hãy tải lại trang, đăng nhập rồi thu.");
    if (!opened?.ok) return say("Chưa mở được lần thu. Hãy tải lại trang rồi thử lại.");
    key = (await opened.json()).lan;
  }
  take = new Take(`${card.dataset.thuAm}/${key}`, RATE, sent);
  take.onsent = progress;
  take.ontrouble = trouble;
  take.before = sent;
  await listen();
}

/** Bật micrô cho lần thu đang mở. */
async function listen() {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: plain }).catch(() => null);
  if (!stream) {
    if (take.samples) show("ngắt");
    return say("Chưa được phép dùng micrô, hoặc máy không có micrô. Hãy cắm micrô, bấm biểu tượng micrô cạnh thanh địa chỉ để cho phép rồi thử lại.");
  }
  const context = new AudioContext({ sampleRate: RATE });
  await context.audioWorklet.addModule("/tinh/thu-am-luong.js");
  const node = new AudioWorkletNode(context, "thu-am", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  const mine = (live = { stream, context, node, heard: performance.now(), mute: 0 });
  node.port.onmessage = ({ data }) => (data === null ? closed(mine) : hear(data, mine));
  context.createMediaStreamSource(stream).connect(node);
  watch(mine);
  take.ended = false;
  show("thu");
  say("Đang thu. Đọc xong bấm Dừng.");
}

/** Mọi cách tiếng có thể mất giữa chừng. */
function watch(mine) {
  const [track] = mine.stream.getAudioTracks();
  track.addEventListener("ended", () => interrupt(mine, "Micrô vừa bị rút ra hoặc mất quyền."));
  track.addEventListener("mute", () => interrupt(mine, "Micrô vừa bị ngắt: có cuộc gọi đến, hoặc ứng dụng khác chiếm micrô."));
  mine.context.addEventListener("statechange", () => {
    if (mine.context.state !== "running") interrupt(mine, "Trình duyệt vừa tạm dừng thu: có cuộc gọi, hoặc máy chuyển sang việc khác.");
  });
  mine.timer = setInterval(() => {
    if (performance.now() - mine.heard > SILENT_MS) interrupt(mine, "Máy vừa ngừng đưa tiếng: màn hình khoá, máy ngủ, hoặc micrô treo.");
  }, 500);
  awake(mine);
}

/** Giữ màn hình sáng trong lúc thu; trang ẩn rồi hiện lại thì xin lại. */
async function awake(mine) {
  if (live !== mine || document.hidden) return;
  mine.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  if (live !== mine) mine.lock?.release();
}
document.addEventListener("visibilitychange", () => live && awake(live));

function hear(block, mine) {
  if (live !== mine) return;
  mine.heard = performance.now();
  take.add(block);
  const peak = block.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  mine.mute = peak ? 0 : mine.mute + block.length / RATE;
  const level = Math.max(-60, 20 * Math.log10(peak || 1e-6));
  part("muc").value = level;
  part("gio").value = clock(take.samples / RATE);
  if (level > -1) say("Quá to, tiếng có thể vỡ: ngồi xa micrô hơn một chút.");
  if (mine.mute > MUTE_S) interrupt(mine, "Micrô đang bị tắt tiếng: không có tín hiệu nào.");
}

/** Dừng vì điều ngoài ý muốn: giữ phần đã thu, nói rõ, cho thu tiếp. */
function interrupt(mine, reason) {
  if (live !== mine) return;
  release(mine);
  take.cut();
  show("ngắt");
  say(`${reason} Đã dừng và giữ ${clock(take.samples / RATE)} đã thu. Bấm Thu tiếp rồi đọc lại từ đầu câu đang dở; chỗ thừa cắt được ở bước sửa tiếng.`);
}

/** Trả micrô, màn hình; từ đây không mẫu nào của lần nghe này được nhận nữa. */
function release(mine) {
  live = null;
  clearInterval(mine.timer);
  mine.lock?.release();
  mine.stream.getTracks().forEach((track) => track.stop());
  mine.context.close().catch(() => null);
}

/** Người đọc bấm Dừng: luồng tiếng đưa nốt mẫu cuối rồi mới đóng. */
function closed(mine) {
  if (live === mine) release(mine);
  end();
}

function end() {
  take.cut();
  take.ended = true;
  part("nghe-lai").src = URL.createObjectURL(take.whole);
  show("xong");
  progress();
}

/** Nút dùng chỉ bật khi máy chủ đã có đủ mọi phần. */
function progress() {
  if (!take) return;
  const button = form.querySelector("button:not([type=button])");
  button.disabled = !take.ended || take.left > 0 || take.trouble === "bỏ";
  const earlier = take.before ? ` (nghe lại ở đây chỉ gồm phần mới; ${take.before} phần thu lần trước vẫn được dùng)` : "";
  if (take.ended && !take.trouble) {
    say(take.left ? `Đang gửi, còn ${take.left} phần…` : `Đã gửi đủ${earlier}. Nghe lại, rồi dùng hoặc thu lại.`);
  }
  form.elements.so_phan.value = take.sent;
  form.action = `${take.url}/xong`;
}

/** Gửi không được: mất mạng thì cứ đọc tiếp; hết phiên thì dừng đọc, chờ đăng nhập lại; bị từ chối thì thôi. */
function trouble(kind) {
  part("dang-nhap").hidden = kind !== "phiên";
  if (kind === "mạng") say(`Mất mạng, còn giữ ${take.left} phần; đang gửi lại…`);
  if (kind === "phiên") {
    if (live) interrupt(live, "Phiên làm việc đã hết.");
    say(`Phiên làm việc đã hết. Đã dừng, còn giữ ${take.left} phần chưa gửi: hãy đăng nhập ở thẻ mới, đừng đóng trang này; xong là tự gửi tiếp.`);
  }
  if (kind === "bỏ") say("Máy chủ không nhận lần thu này. Hãy tải lại trang: phần đã gửi nằm ở mục Lần thu dở.");
  if (kind === "" && !take.ended && !live) say("Đã gửi tiếp được. Bấm Thu tiếp để đọc nốt, hoặc Dừng ở đây.");
}
window.addEventListener("focus", () => take?.hurry?.());

/** Trong lúc thu, nút Dừng và mức tiếng ghim ở đáy màn hình: người đọc không phải rời mắt khỏi lời. */
function show(what) {
  part("thu").classList.toggle("dock", what === "thu" || what === "ngắt");
  (what === "thu" ? document.querySelector(".prompter") : card).scrollIntoView({ block: "start" });
  part("bat").hidden = what !== "sẵn";
  part("dung").hidden = what !== "thu";
  part("tiep").hidden = part("het").hidden = what !== "ngắt";
  part("nghe-lai").hidden = form.hidden = what !== "xong";
}

const failed = () => say("Micrô gặp lỗi. Hãy thử lại; không được thì tải lại trang, phần đã gửi vẫn còn.");
part("bat").addEventListener("click", () => begin().catch(failed));
part("tiep").addEventListener("click", () => listen().catch(failed));
part("het").addEventListener("click", end);
part("dung").addEventListener("click", () => live?.node.port.postMessage("dừng"));
document.querySelectorAll("[data-thu-tiep]").forEach((button) => {
  button.addEventListener("click", () => begin(button.dataset.thuTiep, Number(button.dataset.soPhan)).catch(failed));
});
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
