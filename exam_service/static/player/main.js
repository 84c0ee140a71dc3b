// Owns the start of the candidate's page. Calls no endpoint.
import { ExamApi } from "./api.js";
import { keepPageOffline } from "./offline.js";
import { Player } from "./player_app.js";

const player = new Player({ api: new ExamApi(document.body.dataset.api) });
// The worker then finds everything it keeps in the browser's own store.
player.open().finally(() => keepPageOffline(document.body.dataset.workerUrl));
