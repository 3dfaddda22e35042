/** Texts of the list of layers on the map. */
import type { Title } from '../../catalog';

export const DRAWN_TEXTS = {
  drawnTitle: { vi: 'Lớp đang bật', en: 'Layers on the map' },
  drawnHint: {
    vi: 'Lớp ở trên che lớp ở dưới; nhãn luôn nằm trên cùng.',
    en: 'A layer covers those below it; labels are always on top.',
  },
  drawnNone: {
    vi: 'Chưa có lớp nào đang bật. Hãy bật lớp trong danh sách lớp bản đồ.',
    en: 'No layer is on. Switch one on in the list of map layers.',
  },
  drawnOpacity: { vi: 'Độ đậm', en: 'Opacity' },
  drawnOpacityOf: { vi: 'Độ đậm của lớp {layer}', en: 'Opacity of {layer}' },
  drawnPercent: { vi: '{value}%', en: '{value}%' },
  drawnUp: { vi: 'Đưa lớp {layer} lên trên', en: 'Move {layer} up' },
  drawnDown: { vi: 'Đưa lớp {layer} xuống dưới', en: 'Move {layer} down' },
  drawnZoom: { vi: 'Xem hết lớp {layer}', en: 'Zoom to all of {layer}' },
  drawnOff: { vi: 'Tắt lớp {layer}', en: 'Switch {layer} off' },
  drawnDrag: { vi: 'Kéo để đổi thứ tự', en: 'Drag to change the order' },
  drawnMoved: { vi: '{layer}: vị trí {place} trên {all}, kể từ trên xuống.', en: '{layer}: place {place} of {all}, from the top.' },
  drawnSwitchedOff: { vi: 'Đã tắt lớp {layer}.', en: '{layer} is off.' },
  drawnReset: { vi: 'Về thứ tự và độ đậm ban đầu', en: 'Back to the first order and opacity' },
  drawnWasReset: { vi: 'Đã trả về thứ tự và độ đậm ban đầu.', en: 'Order and opacity are as at first.' },
} as const satisfies Record<string, Title>;
