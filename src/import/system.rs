//! Which system a file's coordinates are taken in: as asked for, else as stated, as long as the data
//! do not say otherwise.
//!
//! Must not know rows or the database.

use super::{
    ImportError, ImportRequest, SystemFrom,
    columns::positions::PositionColumns,
    error::vietnamese,
    evidence::{self, Fit, Ground, Hypothesis, Judgement, Sample},
    plan::FilePlan,
    read::stated::Stated,
    words::{Words, words},
};
use crate::crs::{self, System};
use std::path::{Path, PathBuf};

/// Which system a file's coordinates are taken in.
#[derive(Debug)]
pub struct FileSystem {
    /// The system.
    pub system: &'static System,
    /// The first number is the northing or the latitude.
    pub swapped: bool,
    /// Who said so.
    pub from: SystemFrom,
    /// What the data say of it.
    pub judgement: Judgement,
    /// Systems that the data fit as well, by their codes.
    pub alike: Vec<u32>,
}

/// Files of one delivery whose systems were stated, held against each other.
#[derive(Debug, Default)]
pub struct Together(Vec<Told>);

/// What a file was taken for.
#[derive(Debug)]
struct Told {
    path: PathBuf,
    system: &'static System,
    alike: Vec<u32>,
}

impl Together {
    /// Adds a file. Either of two systems can be right in a province that was two with a meridian each; but
    /// where a file fits the system of another as well, one of them is probably stated wrong.
    ///
    /// # Errors
    /// For such a file, with the ways out.
    pub fn add(&mut self, path: &Path, found: &FileSystem) -> Result<(), ImportError> {
        if found.from != SystemFrom::File {
            return Ok(());
        }
        let own = Told { path: path.to_owned(), system: found.system, alike: found.alike.clone() };
        let doubtful =
            |a: &Told, b: &Told| a.system.code != b.system.code && a.alike.contains(&b.system.code);
        if let Some(other) = self.0.iter().find(|other| doubtful(&own, other) || doubtful(other, &own)) {
            let name = other.path.file_name().unwrap_or(other.path.as_os_str()).to_string_lossy();
            let (here, there) = (own.system, other.system);
            let flags = [here, there].map(|system| format!("--crs EPSG:{}", system.code));
            let why = words(
                format!(
                    "tệp ghi hệ {here}, còn {name} gửi cùng thì ghi {there}; vị trí không cho biết hệ nào đúng. Hãy hỏi \
                     nơi gửi. Nếu cả hai cùng một hệ, chạy lại với {} hoặc {}; nếu mỗi tệp đều đúng, nạp lần lượt từng tệp",
                    flags[0], flags[1]
                ),
                format!(
                    "the file says {here}, and {name}, sent with it, says {there}; where they lie does not tell which is \
                     right. Ask the sender. If both are in one system, repeat with {} or {}; if each is right, import \
                     them one after the other",
                    flags[0], flags[1]
                ),
            );
            return Err(ImportError::SystemContradicted { path: own.path, why });
        }
        self.0.push(own);
        Ok(())
    }
}

/// Settles it by a sample of the file.
///
/// # Errors
/// Where nothing is stated or asked for, or where the data contradict it: all with what would settle it.
/// What is asked for is only refused where no feature would lie in the province.
pub fn settle(
    request: &ImportRequest,
    file: &FilePlan,
    sample: &Sample,
    ground: &Ground,
) -> Result<FileSystem, ImportError> {
    let path = &file.file.path;
    let fits = evidence::weigh(sample, ground)?;
    let (system, from) = match decide(request, file, &fits, ground) {
        // Nobody can answer for a file without a single position; its rows say what is wrong,
        // and one that is wrong keeps all of them out.
        Err(ImportError::WhichSystem { .. }) if sample.is_empty() => (wgs84(path)?, SystemFrom::File),
        decided => decided?,
    };
    let swapped = request.swap_xy;
    let stated = Hypothesis::of(system, swapped);
    let said = match from {
        SystemFrom::Request => words("theo --crs là", "--crs says"),
        SystemFrom::File => words("theo tệp là", "the file says"),
        SystemFrom::Format => words("theo định dạng là", "the format says"),
        SystemFrom::Columns => words("theo tên các cột là", "the names of the columns say"),
    };
    if sample.is_empty() {
        let judgement = Judgement::Agrees(Words::same(""));
        return Ok(FileSystem { system, swapped, from, judgement, alike: Vec::new() });
    }
    if !evidence::lies_near(&stated, sample)? {
        return Err(ImportError::OutsideProvince {
            path: path.clone(),
            why: outside(&stated, &said, sample),
            candidates: evidence::candidates(&fits, ground),
        });
    }
    let judgement = evidence::judge(&stated, &said, &fits, ground);
    match judgement {
        Judgement::Contradicted(why) if from != SystemFrom::Request => {
            Err(ImportError::SystemContradicted { path: path.clone(), why })
        }
        judgement => {
            let alike = evidence::fit_as_well(&stated, &fits);
            Ok(FileSystem { system, swapped, from, judgement, alike })
        }
    }
}

fn decide(
    request: &ImportRequest,
    file: &FilePlan,
    fits: &[Fit],
    ground: &Ground,
) -> Result<(&'static System, SystemFrom), ImportError> {
    let path = &file.file.path;
    let by_columns = matches!(file.positions, Some(PositionColumns::LonLat(..)));
    let ask = |why: Words| ImportError::WhichSystem {
        path: path.clone(),
        why,
        candidates: evidence::candidates(fits, ground),
    };
    if let Some(system) = request.system {
        return Ok((system, SystemFrom::Request));
    }
    match &file.file.stated {
        Stated::System(system) => Ok((system, SystemFrom::File)),
        Stated::ByFormat(system) => Ok((system, SystemFrom::Format)),
        Stated::Nothing if by_columns => Ok((wgs84(path)?, SystemFrom::Columns)),
        Stated::Nothing => Err(ask(words(
            "tệp không ghi tọa độ ở hệ nào (không có CRS)",
            "the file does not say which system its coordinates are in (no CRS)",
        ))),
        Stated::Doubtful(why) => Err(ask(why.clone())),
        Stated::Unknown(Words { vi, en }) => Err(ask(words(
            format!(
                "hệ tọa độ của tệp là `{vi}`, chương trình không có cách chính thức để chuyển sang WGS 84"
            ),
            format!("the file's system is `{en}`, from which this program has no official way to WGS 84"),
        ))),
        Stated::Refused(source) => Err(ask(words(vietnamese::system(source), source.to_string()))),
    }
}

fn wgs84(path: &Path) -> Result<&'static System, ImportError> {
    crs::system(4326).map_err(|source| ImportError::System { path: path.to_owned(), source })
}

fn outside(stated: &Hypothesis, said: &Words, sample: &Sample) -> Words {
    let [x, y] = sample.middle();
    let lies = match stated.to_wgs84(&[[x, y]]).ok().and_then(|all| all.first().copied()) {
        Some([lon, lat]) if lon.is_finite() && lat.is_finite() => words(
            format!("nằm quanh kinh độ {lon:.5}, vĩ độ {lat:.5}, ngoài tỉnh"),
            format!("lie around {lon:.5} E, {lat:.5} N, outside the province"),
        ),
        _ => words(
            format!("không có vị trí trên mặt đất (các số quanh {x:.1}, {y:.1})"),
            format!("have no place on earth (they are around {x:.1}, {y:.1})"),
        ),
    };
    let stated = stated.words();
    words(
        format!("{} {}, nhưng đọc theo đó thì dữ liệu {}", said.vi, stated.vi, lies.vi),
        format!("{} {}, and read so the data would {}", said.en, stated.en, lies.en),
    )
}
