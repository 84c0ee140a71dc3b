// Owns the practice paper: questions of our own about using the player, which teach nothing about any examination.
// Calls no endpoint.
import { locale } from "../player/i18n.js";

const say = (vi, en) => (locale === "en" ? en : vi);
const options = (...texts) => texts.map((text, index) => ({ id: `o${index + 1}`, text }));

const VIEWS = [
  {
    type: "single_choice",
    stem: say("Ở phần thi thử này, Ông/Bà chọn một phương án bất kỳ. Có thể bấm vào dòng chữ hoặc nhấn phím A, B, C.", "In this practice, choose any option. Click the line or press A, B or C."),
    options: options(say("Phương án thứ nhất", "The first option"), say("Phương án thứ hai", "The second option"), say("Phương án thứ ba", "The third option")),
  },
  {
    type: "multiple_choice",
    stem: say("Chọn những việc Ông/Bà làm được khi mất mạng trong lúc làm bài.", "Which of these can you do when the network fails during a test?"),
    options: options(say("Tiếp tục trả lời", "Go on answering"), say("Xem lại các câu đã làm", "Look at earlier questions"), say("Tải tệp bài làm đưa giám thị", "Save the answer file for the invigilator")),
  },
  {
    type: "true_false_cluster",
    stem: say("<p>Đọc từng nhận định rồi chọn Đúng hoặc Sai.</p>", "<p>Read each statement and choose true or false.</p>"),
    statements: [
      { id: "s1", text: say("Câu trả lời được tự lưu sau khi chọn.", "Answers are saved by themselves.") },
      { id: "s2", text: say("Đồng hồ trên màn hình tính theo giờ máy chủ.", "The clock on the screen follows the server.") },
    ],
  },
  { type: "short_text", stem: say("Gõ một từ tiếng Việt có dấu để thử bàn phím.", "Type a word to try the keyboard."), width: "m" },
  {
    type: "ordering",
    stem: say("Sắp xếp các bước khi vào phòng thi. Dùng nút Lên, Xuống hoặc phím Alt cùng mũi tên.", "Put the steps of entering the room in order, with the buttons or with Alt and the arrows."),
    options: options(say("Nhập số báo danh và mã dự thi", "Type the candidate number and the code"), say("Kiểm tra họ tên, phòng thi", "Check name and room"), say("Chờ bài thi tự mở", "Wait for the test to open")),
  },
];

export const PAPER = {
  sections: [{ title: say("Thi thử", "Practice"), slots: VIEWS.map((view, index) => ({ slot: index + 1, points: "1.00", view })) }],
};
