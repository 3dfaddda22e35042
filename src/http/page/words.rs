//! What the members of documents are called on pages.

use crate::layer::Language;

/// Name in documents and addresses, Vietnamese, English.
const WORDS: &[(&str, &str, &str)] = &[
    ("api", "Mô tả API", "API description"),
    ("as_of", "Dữ liệu lúc", "Data as of"),
    ("at", "Tại một điểm", "At a point"),
    ("attribute", "Thuộc tính", "Attribute"),
    ("attribute_title", "Tên thuộc tính", "Attribute title"),
    ("attribution", "Nguồn", "Attribution"),
    ("bbox", "Khung bao", "Bounding box"),
    ("boundingBox", "Khung bao", "Bounding box"),
    ("bounds", "Khung bao", "Bounds"),
    ("cellSize", "Kích thước ô (m)", "Cell size (m)"),
    ("centerPoint", "Điểm giữa", "Centre"),
    ("code", "Mã", "Code"),
    ("collections", "Các lớp dữ liệu", "Layers"),
    ("conformance", "Tiêu chuẩn được tuân thủ", "Conformance"),
    ("conformsTo", "Tuân thủ", "Conforms to"),
    ("coordinates", "Tọa độ", "Coordinates"),
    ("count", "Số lượng", "Count"),
    ("crs", "Hệ tọa độ", "Coordinate systems"),
    ("dataType", "Loại dữ liệu", "Data type"),
    ("description", "Mô tả", "Description"),
    ("diaban:budget", "Giới hạn cỡ ô", "Budget of a tile"),
    ("diaban:data_as_of", "Dữ liệu đến", "Data as of"),
    ("diaban:forms", "Các dạng ô", "Forms of tiles"),
    ("encoding", "Mã hóa", "Encoding"),
    ("enum", "Các giá trị", "Values"),
    ("extent", "Phạm vi", "Extent"),
    ("features", "Đối tượng", "Features"),
    ("fields", "Thuộc tính", "Attributes"),
    ("findings", "Đối tượng không lên được bản đồ", "Features on no map"),
    ("first", "Các đối tượng đầu tiên", "The first of them"),
    ("format", "Dạng", "Format"),
    ("geometry", "Hình học", "Geometry"),
    ("hits", "Kết quả", "Hits"),
    ("id", "Mã", "Id"),
    ("itemType", "Loại phần tử", "Item type"),
    ("items", "Đối tượng", "Features"),
    ("kind", "Loại", "Kind"),
    ("layer", "Lớp", "Layer"),
    ("layers", "Các lớp", "Layers"),
    ("layers_left_out", "Lớp không tìm được", "Layers left out"),
    ("level", "Cấp", "Level"),
    ("links", "Liên kết", "Links"),
    ("map", "Bản đồ", "Map"),
    ("maxzoom", "Mức lớn nhất", "Greatest zoom"),
    ("minzoom", "Mức nhỏ nhất", "Least zoom"),
    ("name", "Tên", "Name"),
    ("next", "Trang sau", "Next page"),
    ("note", "Ghi chú", "Note"),
    ("notes", "Ghi chú", "Notes"),
    ("numberMatched", "Tổng số phù hợp", "Matching"),
    ("numberReturned", "Số trên trang này", "On this page"),
    ("orderedAxes", "Thứ tự trục", "Axes"),
    ("parent", "Thuộc", "Part of"),
    ("point", "Điểm", "Point"),
    ("predecessors", "Lập từ", "Made of"),
    ("properties", "Thuộc tính", "Attributes"),
    ("quality", "Chất lượng", "Quality"),
    ("queryables", "Thuộc tính tra cứu được", "Queryables"),
    ("reason", "Lý do", "Reason"),
    ("scaleDenominator", "Mẫu số tỷ lệ", "Scale denominator"),
    ("schema", "Lược đồ", "Schema"),
    ("scheme", "Cách đánh số ô", "Scheme"),
    ("search", "Tìm kiếm", "Search"),
    ("service-desc", "Mô tả API", "API description"),
    ("service-doc", "Mô tả API để đọc", "API description to read"),
    ("share", "Phần", "Share"),
    ("slips", "Số chỗ gõ sai", "Slips"),
    ("sortables", "Thuộc tính sắp xếp được", "Sortables"),
    ("spatial", "Không gian", "In space"),
    ("statistics", "Số liệu", "Statistics"),
    ("storageCrs", "Hệ tọa độ lưu trữ", "Storage system"),
    ("styles", "Kiểu bản đồ", "Map styles"),
    ("successors", "Chuyển thành", "Went to"),
    ("synthetic", "Dữ liệu mẫu tổng hợp", "Synthetic sample data"),
    ("temporal", "Thời gian", "In time"),
    ("tileMatrices", "Các mức", "Matrices"),
    ("tileMatrixSetLimits", "Giới hạn ô", "Limits"),
    ("tileMatrixSets", "Bộ lưới ô", "Tile matrix sets"),
    ("tile_kb", "Cỡ ô lớn nhất (kB)", "Largest tile (kB)"),
    ("tiles", "Ô bản đồ", "Tiles"),
    ("tilesets", "Các bộ ô", "Tilesets"),
    ("timeStamp", "Lúc trả lời", "Answered at"),
    ("title", "Tên", "Title"),
    ("type", "Kiểu", "Type"),
    ("units", "Đơn vị hành chính", "Units"),
    ("valid_from", "Từ ngày", "From"),
    ("valid_to", "Đến ngày", "Until"),
    ("value", "Giá trị", "Value"),
    ("vector_layers", "Các lớp trong ô", "Layers in the tiles"),
    ("way", "Đường dẫn", "Where you are"),
    ("x-unit", "Đơn vị", "Unit"),
];

/// The word for a name; a name without one stands for itself.
pub fn of(name: &str, language: Language) -> &str {
    let found = WORDS.binary_search_by_key(&name, |(name, _, _)| name).ok();
    match (found.and_then(|at| WORDS.get(at)), language) {
        (Some((_, vi, _)), Language::Vi) => vi,
        (Some((_, _, en)), Language::En) => en,
        (None, _) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found() {
        for (name, vi, en) in WORDS {
            assert_eq!((of(name, Language::Vi), of(name, Language::En)), (*vi, *en));
        }
        assert_eq!(of("ma_xa", Language::Vi), "ma_xa");
    }
}
