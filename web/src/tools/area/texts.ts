/** Every text of the area tool, in both languages. */
import type { Title } from '../../catalog';

export const AREA_TEXTS = {
  areaTool: { vi: 'Báo cáo vùng', en: 'Area report' },
  areaLoadFailed: { vi: 'Chưa mở được công cụ: máy chủ không trả lời.', en: 'The tool could not be opened: the server does not answer.' },
  areaIntro: {
    vi: 'Chọn một vùng để biết trong đó có những gì.',
    en: 'Choose an area to learn what lies in it.',
  },
  areaWay: { vi: 'Cách chọn vùng', en: 'How to choose the area' },
  areaWayUnit: { vi: 'Xã, huyện', en: 'Commune' },
  areaWayDraw: { vi: 'Vẽ', en: 'Draw' },
  areaWayCorners: { vi: 'Tọa độ góc', en: 'Corners' },
  areaWayFile: { vi: 'Tệp', en: 'File' },
  areaAsk: { vi: 'Xem báo cáo', en: 'Show the report' },

  areaUnitName: { vi: 'Tên hoặc mã xã, phường, huyện, tỉnh', en: 'Name or code of a commune, district or province' },
  areaUnitNameHint: { vi: 'Gõ không dấu cũng được. Có cả đơn vị trước ngày 01/07/2025.', en: 'Tone marks may be left out. Units before 1 July 2025 are known too.' },
  areaUnitDay: { vi: 'Đơn vị có vào ngày (không bắt buộc)', en: 'Unit as it was on (optional)' },
  areaUnitFound: { vi: 'Tìm thấy {count} đơn vị.', en: '{count} units were found.' },
  areaUnitNone: {
    vi: 'Không có đơn vị nào tên như vậy. Hãy kiểm tra chính tả, hoặc bỏ trống ngày.',
    en: 'No unit is called so. Check the spelling, or leave the day empty.',
  },
  areaUnitMore: { vi: 'Còn {count} đơn vị nữa: hãy gõ thêm chữ.', en: '{count} more: type more letters.' },
  areaUnitSuccessors: { vi: 'nay thuộc {names}', en: 'now in {names}' },
  areaUnitPoint: {
    vi: 'Hoặc bấm vào bản đồ để chọn xã tại điểm đó. Bàn phím: đưa bản đồ đến nơi cần hỏi rồi nhấn Enter trên bản đồ.',
    en: 'Or click on the map to choose the commune there. By keyboard: move the map to the place and press Enter on the map.',
  },
  areaUnitAnother: { vi: 'Bấm vào bản đồ để xem báo cáo của xã khác.', en: 'Click on the map for the report of another commune.' },
  areaUnitNoneHere: { vi: 'Điểm này không thuộc xã nào của tỉnh.', en: 'No commune of the province is at this point.' },
  areaUnitAsking: { vi: 'Đang tìm xã tại điểm đã chọn…', en: 'Looking for the commune there…' },

  areaWayFeature: { vi: 'Đối tượng', en: 'A feature' },
  areaFeatureHow: {
    vi: 'Bấm vào một đối tượng trên bản đồ: tuyến đường, kênh, trường học, thửa đất… Báo cáo là của phần đất quanh nó.',
    en: 'Click a feature on the map: a road, a canal, a school, a parcel… The report is of the ground around it.',
  },
  areaFeatureNone: {
    vi: 'Ở đây không có đối tượng nào của các lớp đang bật. Hãy bấm chỗ khác, hoặc bật thêm lớp.',
    en: 'No layer that is on has a feature here. Click elsewhere, or switch on another layer.',
  },
  areaFeatureTogether: {
    vi: 'Ở mức thu phóng này các đối tượng được gộp chung. Hãy phóng to rồi bấm lại.',
    en: 'Features are drawn as one at this zoom. Zoom in, then click again.',
  },
  areaFeatureChosen: { vi: 'Đối tượng được chọn', en: 'The chosen feature' },
  areaFeatureDistance: { vi: 'Khoảng cách quanh đối tượng (m)', en: 'Distance around the feature (m)' },
  areaFeatureDistanceHint: {
    vi: 'Ghi 0 để lấy đúng phần đất của một đối tượng dạng vùng.',
    en: 'Write 0 for the ground of an area itself.',
  },
  areaFeatureThin: {
    vi: 'Đường và điểm không có diện tích: hãy ghi khoảng cách lớn hơn 0 mét.',
    en: 'Lines and points have no ground of their own: write a distance of more than 0 metres.',
  },
  areaDrawKind: { vi: 'Hình vẽ', en: 'Shape' },
  areaDrawPolygon: { vi: 'Đa giác', en: 'Polygon' },
  areaDrawCircle: { vi: 'Hình tròn', en: 'Circle' },
  areaDrawLine: { vi: 'Quanh một đường', en: 'Around a line' },
  areaDrawPolygonHow: {
    vi: 'Bấm từng góc trên bản đồ. Bấm lại góc cuối hoặc nhấn Enter để kết thúc, Esc để bỏ.',
    en: 'Click each corner on the map. Click the last one again or press Enter to finish, Esc to give up.',
  },
  areaDrawCircleHow: {
    vi: 'Bấm vào tâm, di chuyển chuột, rồi bấm lần nữa. Có thể sửa bán kính bằng số bên dưới.',
    en: 'Click the centre, move the pointer, click again. The radius can be typed below.',
  },
  areaDrawLineHow: {
    vi: 'Bấm từng điểm của đường trên bản đồ. Bấm lại điểm cuối hoặc nhấn Enter để kết thúc, Esc để bỏ.',
    en: 'Click each point of the line on the map. Click the last one again or press Enter to finish, Esc to give up.',
  },
  areaDrawFix: { vi: 'Đã vẽ xong. Kéo các góc để sửa, hoặc xem báo cáo.', en: 'The shape is drawn. Drag its corners to correct it, or show the report.' },
  areaDrawAgain: { vi: 'Vẽ lại', en: 'Draw again' },
  areaDrawRadius: { vi: 'Bán kính (m)', en: 'Radius (m)' },
  areaDrawDistance: { vi: 'Khoảng cách hai bên đường (m)', en: 'Distance on both sides (m)' },
  areaDrawMetresWrong: {
    vi: 'Hãy nhập số mét từ 1 đến 200.000.',
    en: 'Type a number of metres from 1 to 200,000.',
  },
  areaDrawNoMap: {
    vi: 'Không vẽ được vì trình duyệt không có bản đồ. Hãy chọn xã, dán tọa độ góc hoặc chọn tệp.',
    en: 'There is no map to draw on in this browser. Choose a commune, paste corners or choose a file.',
  },
  areaDrawNeedsPointer: {
    vi: 'Vẽ cần chuột hoặc màn hình cảm ứng. Không dùng chuột: dán tọa độ góc.',
    en: 'Drawing needs a mouse or a touch screen. Without one, paste corners.',
  },

  areaCornersText: { vi: 'Dán bảng tọa độ góc từ giấy tờ đất', en: 'Paste the corner table of the land document' },
  areaCornersHint: {
    vi: 'Mỗi góc một dòng: số hiệu, X (hướng bắc), Y (hướng đông), mét. Dán từ Word, Excel hoặc PDF đều được.',
    en: 'One corner on each line: number, X (northing), Y (easting), metres. Text from Word, Excel or PDF will do.',
  },
  areaCornersPlane: { vi: 'Kinh tuyến trục VN-2000', en: 'Central meridian of VN-2000' },
  areaCornersPlaneName: { vi: "{meridian}, múi {zone}°", en: "{meridian}, {zone}° zone" },
  areaCornersPlaneOwn: { vi: '{name} (Tây Ninh nay, Long An cũ)', en: '{name} (Tây Ninh today, former Long An)' },
  areaCornersPlaneFormer: { vi: '{name} (Tây Ninh cũ)', en: '{name} (former Tây Ninh)' },
  areaCornersRead: {
    vi: 'Đã hiểu {count} góc, diện tích theo các góc {area}. Hãy so với diện tích ghi trên giấy tờ.',
    en: '{count} corners were understood; the area between them is {area}. Compare it with the area in the document.',
  },
  areaCornersReadDegrees: { vi: 'Đã hiểu {count} góc.', en: '{count} corners were understood.' },
  areaCorners_empty: { vi: 'Chưa có tọa độ nào.', en: 'There are no coordinates yet.' },
  areaCorners_tooFew: {
    vi: 'Mới hiểu được {count} góc; một vùng cần ít nhất 3 góc. Hãy dán thêm các dòng còn lại.',
    en: 'Only {count} corners were understood; an area needs at least 3. Paste the other lines too.',
  },
  areaCorners_tooMany: {
    vi: 'Có {count} góc, nhiều hơn {max}. Hãy gửi vùng này dưới dạng tệp.',
    en: 'There are {count} corners, more than {max}. Send this area as a file.',
  },
  areaCorners_unread: {
    vi: 'Dòng {line}: không thấy cặp tọa độ X, Y tính bằng mét trong “{text}”.',
    en: 'Line {line}: there is no pair of X and Y in metres in “{text}”.',
  },
  areaCorners_oneNumber: {
    vi: 'Dòng {line}: chỉ có một tọa độ trong “{text}”. Cần cả X và Y.',
    en: 'Line {line}: there is only one coordinate in “{text}”. Both X and Y are needed.',
  },
  areaCorners_oddNumber: {
    vi: 'Dòng {line}: tọa độ cuối “{text}” không có cặp. Bảng thiếu một số X hoặc Y.',
    en: 'Line {line}: the last coordinate “{text}” has no partner. An X or a Y is missing.',
  },
  areaCorners_several: {
    vi: 'Dòng {line}: có {count} tọa độ trong “{text}”. Hãy để mỗi góc một dòng, chỉ gồm số hiệu, X và Y.',
    en: 'Line {line}: there are {count} coordinates in “{text}”. Put each corner on a line of its own: number, X and Y only.',
  },
  areaCorners_sideBySide: {
    vi: 'Mỗi dòng có nhiều góc; đã xếp lại theo số hiệu góc.',
    en: 'Lines hold several corners; they were put in the order of their numbers.',
  },
  areaCorners_far: {
    vi: 'Dòng {line}: X = {x}, Y = {y} nằm ngoài Việt Nam. Hãy kiểm tra thừa hay thiếu chữ số, và dấu thập phân.',
    en: 'Line {line}: X = {x}, Y = {y} is outside Vietnam. Look for a digit too many or too few, and at the decimal mark.',
  },
  areaCorners_mixed: {
    vi: 'Dòng {line}: là độ (kinh độ, vĩ độ) trong khi các dòng khác là mét. Hãy dùng một loại tọa độ.',
    en: 'Line {line}: it is in degrees while other lines are in metres. Use one kind of coordinates.',
  },
  areaCorners_swapped: {
    vi: 'X và Y bị đổi chỗ ở mọi dòng; đã đặt lại: X là hướng bắc.',
    en: 'X and Y were swapped in all lines and have been put right: X is the northing.',
  },
  areaCorners_someSwapped: {
    vi: 'Dòng {line}: X và Y bị đổi chỗ; đã đặt lại.',
    en: 'Line {line}: X and Y were swapped and have been put right.',
  },
  areaCorners_degrees: {
    vi: 'Đây là kinh độ, vĩ độ (độ), được hiểu là WGS 84 như của điện thoại và Google Maps.',
    en: 'These are longitudes and latitudes in degrees, taken as WGS 84, as phones and Google Maps give them.',
  },
  areaCorners_repeated: { vi: 'Dòng {line}: trùng với góc trước nên bỏ qua.', en: 'Line {line}: the same corner as before; passed over.' },
  areaCorners_outlier: {
    vi: 'Dòng {line}: cách các góc khác khoảng {km} km. Hãy kiểm tra lại số này.',
    en: 'Line {line}: about {km} km away from the other corners. Check this number.',
  },
  areaCorners_crossing: {
    vi: 'Cạnh bắt đầu ở dòng {line} cắt cạnh bắt đầu ở dòng {other}. Có thể thứ tự các góc bị sai.',
    en: 'The side that starts in line {line} crosses the one that starts in line {other}. The corners may be in the wrong order.',
  },
  areaCorners_otherMeridian: {
    vi: 'Với kinh tuyến trục này, các góc nằm ngoài tỉnh. Với {plane} thì chúng nằm trong tỉnh.',
    en: 'By this central meridian the corners lie outside the province. By {plane} they lie inside.',
  },
  areaCornersUse: { vi: 'Dùng {plane}', en: 'Use {plane}' },
  areaCorners_outside: {
    vi: 'Các góc nằm ngoài tỉnh. Hãy kiểm tra kinh tuyến trục ghi trên giấy tờ và các con số.',
    en: 'The corners lie outside the province. Check the central meridian in the document, and the numbers.',
  },
  areaCorners_saidMeridian: {
    vi: 'Văn bản ghi {plane} nên đã chọn hệ này.',
    en: 'The text says {plane}, so that was chosen.',
  },
  areaCorners_unreadMeridian: {
    vi: 'Văn bản có nói đến kinh tuyến trục, nhưng không rõ là kinh tuyến nào. Đang dùng {plane}; hãy so với giấy tờ và chọn lại nếu khác.',
    en: 'The text speaks of a central meridian, but it is not clear of which. {plane} is used now; compare it with the document, and choose another if it differs.',
  },

  areaFileChoose: { vi: 'Tệp có hình vùng', en: 'File with the area' },
  areaFileDrop: { vi: 'Thả tệp vào đây, hoặc chọn tệp:', en: 'Drop a file here, or choose one:' },
  areaFileHint: {
    vi: 'GeoJSON, KML, KMZ, Shapefile nén zip, GeoPackage, DXF; tối đa {max}.',
    en: 'GeoJSON, KML, KMZ, a Shapefile as zip, GeoPackage, DXF; at most {max}.',
  },
  areaFileSystem: { vi: 'Hệ tọa độ của tệp', en: 'Coordinate system of the file' },
  areaFileSystemOwn: { vi: 'như tệp tự ghi', en: 'as the file says' },
  areaFileChosen: { vi: '{name} ({size})', en: '{name} ({size})' },
  areaFileEmpty: { vi: 'Tệp “{name}” trống (0 byte). Hãy chọn tệp khác.', en: 'The file “{name}” is empty (0 bytes). Choose another.' },
  areaFileTooLarge: {
    vi: 'Tệp “{name}” có {size}, lớn hơn mức {max}. Hãy chỉ giữ lại hình vùng cần hỏi, hoặc đơn giản hóa đường biên, rồi thử lại.',
    en: 'The file “{name}” has {size}, more than the limit of {max}. Keep only the area that you ask about, or simplify its border, and try again.',
  },
  areaFileOne: { vi: 'Chỉ nhận một tệp mỗi lần; đã lấy tệp đầu.', en: 'One file at a time; the first was taken.' },

  areaDay: { vi: 'Dữ liệu có hiệu lực vào ngày', en: 'Data as they stood on' },
  areaDayHint: { vi: 'Để trống: hôm nay', en: 'Empty: today' },
  areaOnly: { vi: 'Chỉ các lớp đang bật trên bản đồ', en: 'Only the layers that are on' },
  areaNoneOn: {
    vi: 'Chưa có lớp nào đang bật. Hãy bật lớp cần hỏi, hoặc bỏ chọn “Chỉ các lớp đang bật trên bản đồ”.',
    en: 'No layer is on. Switch on the ones to ask, or untick “Only the layers that are on”.',
  },

  areaAsking: { vi: 'Đang lập báo cáo…', en: 'Making the report…' },
  areaAskingLong: { vi: 'Đã {seconds} giây. Vùng rộng có thể mất đến 20 giây.', en: '{seconds} s so far. A wide area can take up to 20 seconds.' },
  areaCancel: { vi: 'Dừng', en: 'Cancel' },
  areaCancelled: { vi: 'Đã dừng. Vùng đã chọn vẫn còn.', en: 'Stopped. The chosen area is kept.' },
  areaTechnical: { vi: 'Lời của máy chủ (tiếng Anh)', en: 'The server’s own words' },

  areaTroubleFileKind: {
    vi: 'Máy chủ không đọc được loại tệp này. Hãy lưu thành GeoJSON, KML, Shapefile nén zip, GeoPackage hoặc DXF dạng văn bản.',
    en: 'The server does not read this kind of file. Save it as GeoJSON, KML, a Shapefile in a zip, GeoPackage, or DXF as text.',
  },
  areaTroubleFileSystem: {
    vi: 'Tệp không ghi hệ tọa độ dùng được. Hãy chọn “Hệ tọa độ của tệp” rồi xem lại báo cáo.',
    en: 'The file names no coordinate system that can be used. Choose “Coordinate system of the file” and ask again.',
  },
  areaTroubleFileElsewhere: {
    vi: 'Tọa độ trong tệp không thuộc hệ đã ghi. Hãy chọn hệ khác ở “Hệ tọa độ của tệp”.',
    en: 'The coordinates in the file are not of the system that it names. Choose another at “Coordinate system of the file”.',
  },
  areaTroubleFileNoArea: {
    vi: 'Tệp không có hình vùng nào. Cần đa giác, hoặc đường khép kín trong KML và DXF.',
    en: 'The file has no area. It needs polygons, or closed lines in KML and DXF.',
  },
  areaTroubleFileArchive: {
    vi: 'Tệp zip không dùng được. Cần một Shapefile (.shp, .shx, .prj) hoặc một KML, không mật khẩu.',
    en: 'The zip cannot be used. It should hold one Shapefile (.shp, .shx, .prj) or one KML, without a password.',
  },
  areaTroubleFileDamaged: { vi: 'Tệp bị hỏng hoặc không đúng loại. Hãy lưu lại từ phần mềm gốc rồi thử lại.', en: 'The file is damaged, or something else than it seems. Save it anew from its program and try again.' },
  areaTroubleFileGone: {
    vi: 'Tệp đã thay đổi, hoặc không còn ở chỗ cũ, từ khi được chọn. Hãy chọn lại tệp.',
    en: 'The file has changed, or has gone from its place, since it was chosen. Choose it again.',
  },
  areaTroubleTooMany: { vi: 'Hình có quá nhiều điểm. Hãy đơn giản hóa đường biên, hoặc hỏi từng phần.', en: 'The shape has too many points. Simplify its border, or ask for its parts.' },
  areaTroubleCrossing: { vi: 'Đường biên tự cắt quá nhiều chỗ. Hãy vẽ lại không để các cạnh cắt nhau.', en: 'The border crosses itself too often. Draw it again without crossings.' },
  areaTroubleReach: { vi: 'Bán kính hoặc khoảng cách phải từ 1 đến 200.000 m.', en: 'A radius or distance is from 1 to 200,000 m.' },
  areaTroubleNoUnit: { vi: 'Không có đơn vị nào mang mã này vào ngày đó. Hãy tìm theo tên.', en: 'No unit has this code on that day. Search for its name.' },
  areaTroubleNoBoundary: { vi: 'Chưa có ranh giới của đơn vị này trong dữ liệu. Hãy chọn đơn vị khác, hoặc vẽ vùng.', en: 'There is no boundary of this unit in the data. Choose another unit, or draw the area.' },
  areaTroubleNoArea: { vi: 'Hình này không có diện tích. Hãy vẽ một vùng khép kín.', en: 'This shape has no area. Draw a closed one.' },
  areaTroubleNoLayer: { vi: 'Bạn không được xem một trong các lớp được hỏi, hoặc lớp đó không còn.', en: 'One of the layers is not open to you, or is no longer there.' },
  areaTroubleNoFeature: { vi: 'Đối tượng được hỏi không còn, hoặc bạn không được xem.', en: 'The feature that is asked about is no longer there, or not open to you.' },
  areaTroubleDay: { vi: 'Ngày không đọc được. Hãy chọn lại ngày.', en: 'The day cannot be read. Choose it again.' },
  areaTroubleArea: { vi: 'Máy chủ không hiểu vùng này. Hãy chọn lại vùng.', en: 'The server does not understand this area. Choose it again.' },
  areaTroubleTooLarge: { vi: 'Dữ liệu gửi đi quá lớn. Hãy đơn giản hóa hình, hoặc hỏi từng phần.', en: 'What was sent is too large. Simplify the shape, or ask for its parts.' },
  areaTroubleTooSlow: {
    vi: 'Vùng này cần tính lâu hơn mức cho phép. Hãy chọn vùng nhỏ hơn, hoặc chỉ hỏi các lớp đang bật.',
    en: 'This area takes longer than is allowed. Choose a smaller one, or ask only the layers that are on.',
  },
  areaTroubleBusy: { vi: 'Máy chủ đang bận. Hãy thử lại sau ít giây.', en: 'The server is busy. Try again in a few seconds.' },
  areaTroubleForbidden: { vi: 'Bạn chưa được phép hỏi điều này. Hãy đăng nhập, hoặc hỏi người quản trị.', en: 'You may not ask this. Log in, or ask the administrator.' },
  areaTroubleServer: { vi: 'Máy chủ gặp lỗi. Hãy thử lại; nếu vẫn vậy, hãy báo người quản trị.', en: 'The server made a mistake. Try again; if it stays so, tell the administrator.' },

  areaTitlePolygon: { vi: 'Vùng vẽ trên bản đồ', en: 'Area drawn on the map' },
  areaTitleCircle: { vi: 'Hình tròn bán kính {metres}', en: 'Circle of radius {metres}' },
  areaTitleBuffer: { vi: 'Vùng quanh, cách {metres}', en: 'Surroundings within {metres}' },
  areaTitleCorners: { vi: 'Vùng theo tọa độ góc', en: 'Area by its corners' },
  areaTitleFeature: { vi: 'Vùng của đối tượng {name}', en: 'Ground of the feature {name}' },
  areaTitleFile: { vi: 'Vùng từ tệp {name}', en: 'Area from the file {name}' },
  areaReportOf: { vi: 'Báo cáo: {name}', en: 'Report: {name}' },
  areaReportReady: { vi: 'Báo cáo đã xong: {name}, {area}, {count} lớp có dữ liệu.', en: 'The report is ready: {name}, {area}, data in {count} layers.' },
  areaTotal: { vi: 'Diện tích', en: 'Area' },
  areaUnitPeriod: { vi: 'Đơn vị', en: 'Unit' },
  areaDataAsOf: { vi: 'Dữ liệu đến', en: 'Data as of' },
  areaValidIn: { vi: 'Hiệu lực vào', en: 'Valid on' },
  areaMeasuredIn: { vi: 'Tính trên', en: 'Measured in' },
  areaStandIns: {
    vi: 'Chưa có ranh giới cũ của {name}. Diện tích và số liệu dưới đây là của: {names}.',
    en: 'There is no former boundary of {name}. The area and the figures below are those of: {names}.',
  },
  areaXlsx: { vi: 'Tải XLSX', en: 'Download XLSX' },
  areaCopyLink: { vi: 'Sao chép liên kết', en: 'Copy the link' },
  areaCopied: { vi: 'Đã sao chép liên kết. Người nhận sẽ thấy đúng câu hỏi này.', en: 'The link is copied. Whoever opens it asks the same.' },
  areaCopyByHand: { vi: 'Trình duyệt không cho sao chép. Hãy chép liên kết trên thanh địa chỉ.', en: 'The browser does not let the page copy. Copy the link from the address line.' },
  areaNoLink: {
    vi: 'Vùng này quá nhiều góc để đưa vào liên kết. Hãy tải XLSX, hoặc gửi tệp cho người nhận.',
    en: 'This area has too many corners for a link. Download the XLSX, or send the file itself.',
  },
  areaNew: { vi: 'Hỏi vùng khác', en: 'New question' },
  areaShowArea: { vi: 'Đưa bản đồ về vùng', en: 'Show the area' },
  areaOverview: { vi: 'Có trong vùng', en: 'In the area' },
  areaLayer: { vi: 'Lớp', en: 'Layer' },
  areaInside: { vi: 'Trong vùng', en: 'Inside' },
  areaOfArea: { vi: '% vùng', en: '% of area' },
  areaNothing: { vi: 'Không có trong vùng', en: 'Nothing inside' },
  areaEmpty: {
    vi: 'Không có đối tượng nào của các lớp được hỏi trong vùng này.',
    en: 'None of the layers that were asked has anything in this area.',
  },
  areaLeftOut: { vi: 'Lớp chưa tính được', en: 'Layers left out' },
  areaNotes: { vi: 'Lưu ý', en: 'Please note' },
  areaGroup: { vi: 'Nhóm', en: 'Group' },
  areaGroupsOf: { vi: '{layer} theo {names}', en: '{layer} by {names}' },
  areaAmount: { vi: 'Trong vùng', en: 'Inside' },
  areaShare: { vi: 'Tỷ lệ', en: 'Share' },
  areaCount: { vi: 'Số lượng', en: 'Count' },
  areaOtherGroups: { vi: '{count} nhóm khác', en: '{count} other groups' },
  areaNotSaid: { vi: '(không ghi)', en: '(not said)' },
  areaSum: { vi: 'Tổng: {name}', en: 'Sum: {name}' },
  areaMean: { vi: 'Trung bình: {name}', en: 'Mean: {name}' },
  areaFeatures: { vi: 'Danh sách', en: 'Features' },
  areaFeaturesOf: { vi: 'Danh sách: {layer}', en: 'Features: {layer}' },
  areaFeature: { vi: 'Đối tượng', en: 'Feature' },
  areaShowFeature: { vi: 'Xem trên bản đồ', en: 'Show on the map' },
  areaShowGroup: { vi: 'Xem các đối tượng của nhóm này trên bản đồ', en: 'Show the features of this group on the map' },
  areaGroupShown: {
    vi: 'Lớp “{layer}” chỉ hiện các đối tượng của nhóm vừa chọn. Mở công cụ Lọc để bỏ lọc.',
    en: '“{layer}” shows the features of that group only. Open the tool Filter to show all again.',
  },
  areaBasis: { vi: 'Căn cứ: {text}', en: 'Basis: {text}' },
  areaLatestChange: { vi: 'Thay đổi gần nhất: {day}', en: 'Latest change: {day}' },
} as const satisfies Record<string, Title>;

export type AreaTextKey = keyof typeof AREA_TEXTS;
