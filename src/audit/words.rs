//! Where and how a chain is broken, in words.

use super::{Break, BreakKind};

impl Break {
    /// In English.
    pub fn english(&self) -> String {
        let n = self.n;
        let what = match self.kind {
            BreakKind::NoRecord => format!("record {n} cannot be read as a record"),
            BreakKind::Changed => format!("record {n} was changed: its hash is not that of what it says"),
            BreakKind::OutOfPlace(found) if found > n => {
                format!("record {n} is missing: record {found} stands in its place")
            }
            BreakKind::OutOfPlace(found) => {
                format!("record {n} is not in its place: record {found} stands there, which came before")
            }
            BreakKind::Unlinked => {
                format!("record {n} does not follow the one before it: its hash is another")
            }
            BreakKind::NoBeginning => {
                format!("records before {n} are missing, and no record says that they were removed")
            }
            BreakKind::NotAsNoted => {
                format!("record {n} is not the one that was noted: the chain was made anew")
            }
            BreakKind::CutOff => format!("record {n}, which was noted, is missing: the end was cut off"),
        };
        format!("{}:{}: {what}", self.file.display(), self.line)
    }

    /// In Vietnamese.
    pub fn vietnamese(&self) -> String {
        let n = self.n;
        let what = match self.kind {
            BreakKind::NoRecord => format!("bản ghi {n} không đọc được"),
            BreakKind::Changed => format!("bản ghi {n} đã bị sửa: mã băm không khớp nội dung"),
            BreakKind::OutOfPlace(found) if found > n => {
                format!("thiếu bản ghi {n}: ở chỗ đó là bản ghi {found}")
            }
            BreakKind::OutOfPlace(found) => {
                format!("bản ghi {n} không đúng chỗ: ở đó là bản ghi {found}, vốn đứng trước")
            }
            BreakKind::Unlinked => format!("bản ghi {n} không nối tiếp bản ghi trước: mã băm khác"),
            BreakKind::NoBeginning => {
                format!("thiếu các bản ghi trước {n}, và không có bản ghi nào nói rằng đã xóa chúng")
            }
            BreakKind::NotAsNoted => {
                format!("bản ghi {n} khác với bản đã ghi lại ở nơi khác: chuỗi đã bị làm lại")
            }
            BreakKind::CutOff => format!("thiếu bản ghi {n} đã được ghi lại ở nơi khác: phần cuối đã bị cắt"),
        };
        format!("{}:{}: {what}", self.file.display(), self.line)
    }
}
