// Owns every sentence the candidate reads, Vietnamese and English side by side, and the way to look one up.
// Calls no endpoint. The page's `lang` attribute chooses the language; Vietnamese is the default.

export const locale = document.documentElement.lang === "en" ? "en" : "vi";

// Where English needs a plural, its value is {one, other}, chosen by the parameter `n`.
const SENTENCES = {
  // connection and saving
  saved_at: { vi: "Đã lưu {time}", en: "Saved {time}" },
  saved_none: { vi: "Chưa có gì cần lưu", en: "Nothing to save yet" },
  saving: { vi: "Đang lưu…", en: "Saving…" },
  waiting_network: { vi: "Đang chờ mạng ({n} câu)", en: { one: "Waiting for network ({n} answer)", other: "Waiting for network ({n} answers)" } },
  network_lost: { vi: "Mất mạng", en: "No network" },
  save_refused: { vi: "Chưa lưu được {n} câu", en: { one: "{n} answer not saved", other: "{n} answers not saved" } },
  save_signed_out: { vi: "Cần đăng nhập lại", en: "Sign in again" },
  save_paused: { vi: "Đang tạm dừng", en: "Paused" },
  save_ended: { vi: "Đã dừng làm bài", en: "Test stopped" },
  this_saved: { vi: "Câu này đã lưu lúc {time}", en: "This answer was saved at {time}" },
  this_saving: { vi: "Đang lưu câu này…", en: "Saving this answer…" },
  this_waiting: { vi: "Câu này đang chờ mạng, được giữ trên máy", en: "This answer is kept on this computer until the network returns" },
  this_refused: { vi: "Câu này chưa lưu được: {reason}", en: "This answer could not be saved: {reason}" },
  say_offline: {
    vi: "Mất mạng. Ông/Bà cứ tiếp tục làm bài; câu trả lời được giữ trên máy và tự lưu khi có mạng.",
    en: "The network is down. Please carry on; your answers are kept on this computer and saved when it returns.",
  },
  say_online: { vi: "Đã có mạng trở lại. Mọi câu trả lời đã được lưu.", en: "The network is back. Every answer is saved." },
  say_no_storage: {
    vi: "Trình duyệt không cho giữ câu trả lời trên máy này. Ông/Bà đừng tắt hoặc tải lại trang khi mất mạng và báo giám thị.",
    en: "This browser cannot keep answers on this computer. Do not close or reload the page while offline, and tell the invigilator.",
  },

  // waiting room
  loading: { vi: "Đang mở phòng thi…", en: "Opening the examination room…" },
  waiting_title: { vi: "Phòng chờ", en: "Waiting room" },
  opens_in: { vi: "Bài thi tự mở sau", en: "The test opens by itself in" },
  opens_hint: { vi: "Ông/Bà không cần bấm gì. Xin ngồi tại chỗ và giữ nguyên trang này.", en: "There is nothing to press. Please stay seated and keep this page open." },
  opening: { vi: "Đang mở bài thi…", en: "Opening the test…" },
  opening_retry: { vi: "Chưa mở được bài thi. Hệ thống đang tự thử lại; Ông/Bà giữ nguyên trang này.", en: "The test could not be opened yet. Trying again by itself; keep this page open." },
  check_yourself: { vi: "Xin kiểm tra thông tin", en: "Please check your details" },
  check_wrong: { vi: "Nếu có điểm chưa đúng, Ông/Bà báo giám thị trước giờ làm bài.", en: "If anything is wrong, tell the invigilator before the test starts." },
  full_name: { vi: "Họ và tên", en: "Full name" },
  number: { vi: "Số báo danh", en: "Candidate number" },
  number_short: { vi: "SBD {number}", en: "No. {number}" },
  unit: { vi: "Đơn vị", en: "Unit" },
  room: { vi: "Phòng thi", en: "Room" },
  exam: { vi: "Bài thi", en: "Test" },
  duration: { vi: "Thời gian làm bài", en: "Time allowed" },
  duration_value: { vi: "{minutes} phút", en: { one: "{n} minute", other: "{n} minutes" } },
  duration_extra: { vi: "{minutes} phút, thêm {extra} phút đã được duyệt cho Ông/Bà", en: "{minutes} minutes, plus {extra} minutes granted to you" },
  size: { vi: "Số câu hỏi", en: "Questions" },
  size_value: { vi: "{count} câu, thang điểm {points}", en: "{count} questions, {points} points in all" },
  late_limit: { vi: "Vào muộn quá {minutes} phút thì không được dự thi.", en: "Nobody is admitted more than {minutes} minutes late." },
  common_clock: { vi: "Đồng hồ tính chung cho cả ca thi, kể cả khi Ông/Bà vào muộn.", en: "One clock runs for the whole sitting, even if you enter late." },
  rules: { vi: "Nội quy", en: "Rules" },
  system_check: { vi: "Kiểm tra máy", en: "System check" },
  check_running: { vi: "Đang kiểm tra…", en: "Checking…" },
  check_storage: { vi: "Bộ nhớ trên máy", en: "Storage on this computer" },
  check_storage_ok: { vi: "Tốt. Câu trả lời được giữ trên máy khi mất mạng.", en: "Good. Answers are kept here when the network is down." },
  check_storage_bad: { vi: "Không dùng được. Xin báo giám thị; khi mất mạng, đừng tắt trang.", en: "Not available. Tell the invigilator; do not close the page while offline." },
  check_network: { vi: "Kết nối", en: "Connection" },
  check_network_ok: { vi: "Tốt ({ms} mili giây).", en: "Good ({ms} ms)." },
  check_network_slow: { vi: "Chậm ({ms} mili giây). Vẫn làm bài được.", en: "Slow ({ms} ms). The test still works." },
  check_network_bad: { vi: "Đang mất kết nối. Hệ thống tự thử lại.", en: "No connection. Trying again by itself." },
  check_clock: { vi: "Đồng hồ", en: "Clock" },
  check_clock_ok: { vi: "Đúng giờ máy chủ.", en: "Agrees with the server." },
  check_clock_off: { vi: "Máy lệch {minutes} phút. Không ảnh hưởng: giờ làm bài tính theo máy chủ.", en: "This computer is {minutes} minutes off. No effect: the server's clock counts." },
  say_opens: { vi: "Còn {minutes} phút nữa bài thi sẽ mở.", en: { one: "The test opens in {n} minute.", other: "The test opens in {n} minutes." } },

  // time
  time_left: { vi: "Còn lại", en: "Time left" },
  hide_time: { vi: "Ẩn giờ", en: "Hide time" },
  show_time: { vi: "Hiện giờ", en: "Show time" },
  warn_minutes: { vi: "Còn {minutes} phút làm bài.", en: { one: "{n} minute left.", other: "{n} minutes left." } },
  warn_last: { vi: "Còn 1 phút. Câu trả lời của Ông/Bà đang được tự lưu; hết giờ hệ thống tự thu bài.", en: "1 minute left. Your answers are saved by themselves; the system collects the test when time is over." },
  time_changed: { vi: "Thời gian làm bài vừa được điều chỉnh. Còn {left}.", en: "The time allowed has been changed. {left} left." },
  days: { vi: "{n} ngày {rest}", en: { one: "{n} day {rest}", other: "{n} days {rest}" } },

  // question
  question_of: { vi: "Câu {number} trên {total}", en: "Question {number} of {total}" },
  question: { vi: "Câu {number}", en: "Question {number}" },
  points: { vi: "{points} điểm", en: { one: "{points} point", other: "{points} points" } },
  choose_one: { vi: "Chọn một phương án", en: "Choose one option" },
  choose_many: { vi: "Có thể chọn nhiều phương án", en: "You may choose several options" },
  choose_true_false: { vi: "Khẳng định trên đúng hay sai?", en: "Is the statement true or false?" },
  true: { vi: "Đúng", en: "True" },
  false: { vi: "Sai", en: "False" },
  clear: { vi: "Bỏ lựa chọn", en: "Clear answer" },
  not_answered: { vi: "chưa trả lời", en: "not answered" },
  unknown_type: { vi: "Câu hỏi này không hiển thị được. Ông/Bà báo giám thị và làm câu khác.", en: "This question cannot be shown. Tell the invigilator and go on with another one." },
  previous: { vi: "Câu trước", en: "Previous" },
  next: { vi: "Câu sau", en: "Next" },
  flag: { vi: "Đánh dấu", en: "Flag" },
  unflag: { vi: "Bỏ đánh dấu", en: "Remove flag" },
  to_review: { vi: "Nộp bài", en: "Submit" },

  // navigator
  navigator: { vi: "Danh sách câu hỏi", en: "Questions" },
  close: { vi: "Đóng", en: "Close" },
  progress: { vi: "Đã trả lời {answered}/{total}, đánh dấu {flagged}", en: "{answered} of {total} answered, {flagged} flagged" },
  progress_short: { vi: "Câu hỏi {answered}/{total}", en: "Questions {answered}/{total}" },
  is_current: { vi: "đang mở", en: "open now" },
  is_answered: { vi: "đã trả lời", en: "answered" },
  is_seen: { vi: "đã xem, chưa trả lời", en: "seen, not answered" },
  is_unseen: { vi: "chưa xem", en: "not seen" },
  is_flagged: { vi: "đã đánh dấu", en: "flagged" },
  is_unsent: { vi: "chưa gửi được", en: "not sent yet" },

  // review and submit
  review_title: { vi: "Xem lại trước khi nộp", en: "Review before you submit" },
  review_unanswered: { vi: "Chưa trả lời ({n} câu)", en: { one: "Not answered ({n} question)", other: "Not answered ({n} questions)" } },
  review_flagged: { vi: "Đã đánh dấu ({n} câu)", en: { one: "Flagged ({n} question)", other: "Flagged ({n} questions)" } },
  review_none_unanswered: { vi: "Ông/Bà đã trả lời tất cả các câu.", en: "You have answered every question." },
  review_none_flagged: { vi: "Không có câu nào được đánh dấu.", en: "No question is flagged." },
  review_all: { vi: "Tất cả câu trả lời", en: "All answers" },
  back_to_test: { vi: "Quay lại làm bài", en: "Back to the test" },
  submit_open: { vi: "Nộp bài…", en: "Submit…" },
  confirm_title: { vi: "Ông/Bà nộp bài?", en: "Submit your test?" },
  confirm_final: { vi: "Sau khi nộp, Ông/Bà không sửa được câu trả lời nữa.", en: "After submitting you cannot change any answer." },
  confirm_unanswered: { vi: "Còn {n} câu chưa trả lời.", en: { one: "{n} question is not answered.", other: "{n} questions are not answered." } },
  confirm_time: { vi: "Thời gian còn lại: {left}.", en: "Time left: {left}." },
  confirm_no: { vi: "Chưa nộp", en: "Not yet" },
  confirm_yes: { vi: "Nộp bài", en: "Submit" },
  submitting: { vi: "Đang nộp bài…", en: "Submitting…" },
  submit_waits: {
    vi: "Chưa nộp được vì mất mạng. Câu trả lời vẫn được giữ trên máy này và bài sẽ tự nộp khi có mạng.",
    en: "The network is down, so the test is not submitted yet. Your answers are kept here; it will be submitted when the network returns.",
  },
  submit_cancelled: { vi: "Bài chưa nộp. Ông/Bà tiếp tục làm bài.", en: "The test is not submitted. You may carry on." },

  // endings
  receipt_title: { vi: "Đã nộp bài", en: "Test submitted" },
  receipt_collected: { vi: "Hết giờ, hệ thống đã thu bài", en: "Time is over, the system collected your test" },
  receipt_thanks: { vi: "Hệ thống đã nhận đủ bài làm của Ông/Bà.", en: "The system has received your test." },
  receipt_time: { vi: "Thời điểm nộp", en: "Submitted at" },
  receipt_answered: { vi: "Số câu đã trả lời", en: "Questions answered" },
  receipt_answered_value: { vi: "{answered} trên {total}", en: "{answered} of {total}" },
  receipt_code: { vi: "Mã biên nhận", en: "Receipt code" },
  receipt_digest: { vi: "Mã kiểm tra bài làm", en: "Checksum of the test" },
  receipt_next: { vi: "Ông/Bà giữ lại mã biên nhận và làm theo hướng dẫn của giám thị trước khi rời phòng.", en: "Keep the receipt code and follow the invigilator's directions before leaving the room." },
  receipt_unsent: {
    vi: "Câu {slots}: máy chủ chưa xác nhận lần sửa cuối trước khi thu bài. Bản trên máy này vẫn được giữ; xin báo giám thị ngay.",
    en: "Questions {slots}: the server has not confirmed the last change made before the test was collected. It is kept on this computer; tell the invigilator now.",
  },
  print: { vi: "In biên nhận", en: "Print the receipt" },
  see_result: { vi: "Xem kết quả", en: "See the result" },
  leave: { vi: "Kết thúc và thoát", en: "Finish and sign out" },
  over_title: { vi: "Hết giờ làm bài", en: "Time is over" },
  over_sending: { vi: "Đang gửi {n} câu trả lời cuối cùng…", en: { one: "Sending the last answer…", other: "Sending the last {n} answers…" } },
  over_collecting: { vi: "Mọi câu trả lời đã được gửi. Hệ thống đang thu bài…", en: "Every answer is sent. The system is collecting the test…" },
  collecting: { vi: "Hệ thống đang thu bài…", en: "The system is collecting the test…" },
  over_offline: {
    vi: "Máy đang mất mạng. Ông/Bà giữ nguyên trang này và báo giám thị; câu trả lời được giữ trên máy.",
    en: "The network is down. Keep this page open and tell the invigilator; your answers are kept on this computer.",
  },
  void_title: { vi: "Bài thi đã bị dừng", en: "This test has been stopped" },
  void_text: { vi: "Xin liên hệ giám thị để biết lý do và việc cần làm tiếp.", en: "Please ask the invigilator for the reason and the next step." },
  refused_title: { vi: "Chưa mở được bài thi", en: "The test could not be opened" },
  late_title: { vi: "Đã quá giờ vào phòng thi", en: "Too late to enter" },
  late_text: { vi: "Xin báo giám thị. Nếu được chấp thuận, trang này sẽ tự mở bài thi.", en: "Please tell the invigilator. If you are admitted, this page opens the test by itself." },
  none_title: { vi: "Chưa có bài thi", en: "No test here" },
  none_text: { vi: "Tài khoản này chưa được xếp vào ca thi nào. Xin báo giám thị.", en: "This sign-in is not entered for any sitting. Please tell the invigilator." },
  trouble_title: { vi: "Chưa kết nối được máy chủ", en: "The server cannot be reached" },
  trouble_text: { vi: "Hệ thống đang tự thử lại. Câu trả lời đã làm vẫn được giữ.", en: "Trying again by itself. The answers you have given are kept." },
  paused_title: { vi: "Bài thi đang tạm dừng", en: "The test is paused" },
  paused_text: { vi: "Giám thị đã tạm dừng bài thi. Đồng hồ của Ông/Bà cũng dừng; bài thi tự mở lại.", en: "The invigilator has paused the test. Your clock is stopped too; the test continues by itself." },
  signed_out_title: { vi: "Cần đăng nhập lại", en: "Please sign in again" },
  signed_out_text: {
    vi: "Phiên đăng nhập đã hết hạn. Câu trả lời của Ông/Bà vẫn được giữ trên máy này và sẽ được gửi sau khi đăng nhập lại.",
    en: "Your sign-in has expired. Your answers are kept on this computer and will be sent after you sign in again.",
  },
  sign_in: { vi: "Đăng nhập lại", en: "Sign in again" },
  signed_in_elsewhere: { vi: "Tôi đã đăng nhập, thử lại", en: "I have signed in, try again" },

  // help and display
  help: { vi: "Trợ giúp", en: "Help" },
  help_keys: { vi: "Phím tắt", en: "Keyboard shortcuts" },
  help_saving: { vi: "Câu trả lời được tự lưu sau khi chọn. Khi mất mạng, Ông/Bà cứ làm tiếp; hệ thống gửi lại khi có mạng.", en: "Answers are saved by themselves. If the network fails, carry on; they are sent when it returns." },
  key_choose: { vi: "Chọn phương án", en: "Choose an option" },
  key_next: { vi: "Câu sau", en: "Next question" },
  key_previous: { vi: "Câu trước", en: "Previous question" },
  key_flag: { vi: "Đánh dấu hoặc bỏ đánh dấu", en: "Flag or remove the flag" },
  key_review: { vi: "Xem lại và nộp bài", en: "Review and submit" },
  key_help: { vi: "Mở trợ giúp", en: "Open help" },
  keys_enabled: { vi: "Dùng phím tắt", en: "Use keyboard shortcuts" },
  display: { vi: "Hiển thị", en: "Display" },
  text_size: { vi: "Cỡ chữ", en: "Text size" },
  theme: { vi: "Nền", en: "Theme" },
  theme_auto: { vi: "Theo máy", en: "As the computer" },
  theme_light: { vi: "Sáng", en: "Light" },
  theme_dark: { vi: "Tối", en: "Dark" },
  contrast: { vi: "Tương phản cao", en: "High contrast" },
  notice_dismiss: { vi: "Đã hiểu", en: "Dismiss" },
};

const plural = new Intl.PluralRules(locale);

/** The sentence `key` in the page's language with `{name}` replaced from `params`. Throws on an unknown key. */
export function t(key, params = {}) {
  const entry = SENTENCES[key];
  if (!entry) throw new Error(`no sentence named ${key}`);
  const value = entry[locale];
  const sentence = typeof value === "string" ? value : value[plural.select(Number(params.n ?? params.count ?? 0))] ?? value.other;
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ""));
}
