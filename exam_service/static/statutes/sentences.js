// Owns the sentences of the panel, Vietnamese and English side by side. Calls no endpoint.

const SENTENCES = {
  button: { vi: "Văn bản", en: "Documents" },
  title: { vi: "Văn bản được phép dùng", en: "Permitted documents" },
  close: { vi: "Đóng", en: "Close" },
  document: { vi: "Văn bản", en: "Document" },
  not_here: { vi: "chưa có trên máy", en: "not on this computer yet" },
  search: { vi: "Tìm (không cần dấu)", en: "Search (no diacritics needed)" },
  previous: { vi: "Kết quả trước", en: "Previous result" },
  next: { vi: "Kết quả sau", en: "Next result" },
  contents: { vi: "Mục lục", en: "Contents" },
  article: { vi: "Điều", en: "Article" },
  go: { vi: "Đến", en: "Go" },
  no_article: { vi: "Không có Điều {number} trong văn bản này.", en: "This document has no Article {number}." },
  at_article: { vi: "Đã đến {heading}", en: "At {heading}" },
  none: { vi: "Không thấy", en: "Not found" },
  found: { vi: "{place}/{count}", en: "{place}/{count}" },
  found_most: { vi: "{place}/{count}+", en: "{place}/{count}+" },
  say_found: { vi: "Kết quả {place} trên {count}. {heading}", en: "Result {place} of {count}. {heading}" },
  opening: { vi: "Mở đầu", en: "Opening" },
  dated: { vi: "Ngày ban hành {day}", en: "Issued on {day}" },
  version: { vi: "Mã bản {hash}", en: "Version {hash}" },
  loading: {
    vi: "Văn bản này đang được tải về máy. Ông/Bà cứ tiếp tục làm bài; văn bản hiện ra khi tải xong.",
    en: "This document is on its way to this computer. Please carry on; it appears when it is here.",
  },
  waiting: {
    vi: "Chưa tải được văn bản này. Hệ thống đang tự thử lại; Ông/Bà cứ tiếp tục làm bài.",
    en: "This document could not be fetched yet. Trying again by itself; please carry on.",
  },
  refused: { vi: "Không tải được văn bản này. Xin báo giám thị.", en: "This document cannot be had. Please tell the invigilator." },
  ready: { vi: "Văn bản đã có trên máy, dùng được cả khi mất mạng.", en: "The document is on this computer and stays when the network goes." },
};

/** The way to look a sentence up in the language of the player's `page`: (key, params) → text. */
export function sentencesIn({ locale, fill }) {
  return (key, params = {}) => fill(SENTENCES[key][locale()], params);
}
