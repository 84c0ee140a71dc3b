// Owns the practice paper: questions of our own about using the player, which teach nothing about any examination. Its
// texts are read in the language of the page whenever they are shown. Calls no endpoint.
import { locale } from "../player/i18n.js";

const say = (texts) => texts[locale() === "en" ? 1 : 0];
const choices = (prefix, ...pairs) => pairs.map((texts, index) => ({ id: `${prefix}${index + 1}`, get text() { return say(texts); } }));
const view = (type, stem, rest = {}) => ({ type, get stem() { return say(stem); }, ...rest });

const VIEWS = [
  view("single_choice", ["Ở phần thi thử này, Ông/Bà chọn một phương án bất kỳ. Có thể bấm vào dòng chữ hoặc nhấn phím A, B, C.", "In this practice, choose any option. Click the line or press A, B or C."],
    { options: choices("o", ["Phương án thứ nhất", "The first option"], ["Phương án thứ hai", "The second option"], ["Phương án thứ ba", "The third option"]) }),
  view("multiple_choice", ["Chọn những việc Ông/Bà làm được khi mất mạng trong lúc làm bài.", "Which of these can you do when the network fails during a test?"],
    { options: choices("o", ["Tiếp tục trả lời", "Go on answering"], ["Xem lại các câu đã làm", "Look at earlier questions"], ["Tải tệp bài làm đưa giám thị", "Save the answer file for the invigilator"]) }),
  view("true_false_cluster", ["<p>Đọc từng nhận định rồi chọn Đúng hoặc Sai.</p>", "<p>Read each statement and choose true or false.</p>"],
    { statements: choices("s", ["Câu trả lời được tự lưu sau khi chọn.", "Answers are saved by themselves."], ["Đồng hồ trên màn hình tính theo giờ máy chủ.", "The clock on the screen follows the server."]) }),
  view("short_text", ["Gõ một từ tiếng Việt có dấu để thử bàn phím.", "Type a word to try the keyboard."], { width: "m" }),
  view("ordering", ["Sắp xếp các bước khi vào phòng thi. Dùng nút Lên, Xuống hoặc phím Alt cùng mũi tên.", "Put the steps of entering the room in order, with the buttons or with Alt and the arrows."],
    { options: choices("o", ["Nhập số báo danh và mã dự thi", "Type the candidate number and the code"], ["Kiểm tra họ tên, phòng thi", "Check name and room"], ["Chờ bài thi tự mở", "Wait for the test to open"]) }),
];

export const PAPER = {
  sections: [{ get title() { return say(["Thi thử", "Practice"]); }, slots: VIEWS.map((each, index) => ({ slot: index + 1, points: "1.00", view: each })) }],
};
