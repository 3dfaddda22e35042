//! `diaban export`: a layer into a file, as it is or as it was.

use super::{
    interrupted, no_layer, own_layer,
    refusal::{Because, refusal},
    serve, told,
};
use crate::{
    config::DatabaseSettings,
    crs::NamedSystem,
    feature::FeatureRow,
    format::{
        Csv, FeatureWriter, FlatGeobuf, GeoJson, GeoJsonSeq, GeoPackage, GeoParquet, Positions, Rendition,
        Xlsx,
    },
    import::words,
    layer::{AccessClass, Caller, Catalog, GeometryType, Language, LayerView},
    query::{AsOf, FeatureQuery},
    store::{
        FeatureStore,
        postgis::{Database, PostgisStore},
    },
};
use anyhow::Result;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Bytes that are gathered before they are written.
const PIECE: usize = 1 << 20;
/// The endings of file names, each of a form.
const ENDINGS: [&str; 8] = ["geojson", "json", "geojsons", "csv", "fgb", "parquet", "gpkg", "xlsx"];

/// Write a layer into a file, as it is or as it was: all its features, by their numbers (xuất lớp dữ liệu ra
/// tệp)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The file's ending says its form: .geojson, .geojsons, .csv, .fgb (FlatGeobuf), .parquet, .gpkg \
    (GeoPackage), .xlsx (no areas and lines, only their attributes).\nWhat was on record is one thing, what features are valid for another: valid_from and \
    valid_to are attributes.\n\n\
    Examples:\n  \
    diaban export land_use_plan --output dat.gpkg\n  \
    diaban export land_use_plan --as-of 2026-06-30 --output dat_q2.fgb\n  \
    diaban export land_use_plan --as-of 12 --output sau_lan_12.xlsx"
)]
pub struct Export {
    /// The layer
    #[arg(value_name = "LAYER")]
    layer: String,
    /// As it was then: a moment (2026-11-24T08:00:00+07:00), the end of a day (2026-11-24), or just
    /// after a run, by its number
    #[arg(long, value_name = "TIME|RUN")]
    as_of: Option<String>,
    /// The file; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Export {
    /// Writes it whole, or not at all.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let view = view(&catalog, &self.layer)?;
        let ending = ending(&self.output)?;
        let database = serve::open_made(&self.database, &catalog, language).await?;
        let outcome = tokio::select! {
            outcome = self.export(&database, &view, &ending) => outcome,
            () = interrupted() => Err(refusal("đã ngắt; tệp chưa được ghi", "interrupted; the file is not written")),
        };
        database.close().await;
        let count = outcome?;
        let (file, layer) = (self.output.display(), view.id());
        let said = words(
            format!("{file}: {count} đối tượng của lớp {layer}"),
            format!("{file}: {count} đối tượng / features of layer {layer}"),
        );
        told::line(format_args!("{}", said.of(language)));
        if ending == "xlsx" && !Xlsx::has_geometry(&view) {
            let said = words(
                "bảng tính không có hình (vùng, đường), chỉ có thuộc tính; xuất .gpkg, .fgb hoặc .geojson để có hình",
                "bảng tính không có hình (vùng, đường), chỉ có thuộc tính; xuất .gpkg, .fgb hoặc .geojson để có hình / a \
                 workbook holds no areas and lines, only attributes; export .gpkg, .fgb or .geojson for them",
            );
            told::note(format_args!("diaban: {}", said.of(language)));
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn export(&self, database: &Database, view: &LayerView, ending: &str) -> Result<u64> {
        let as_of = match &self.as_of {
            None => None,
            Some(text) => Some(moment(database, view.id(), text).await?),
        };
        let query = FeatureQuery { as_of, limit: u32::MAX, ..FeatureQuery::default() };
        let store = PostgisStore::unhurried(database.clone());
        let mut rows = store.rows(view, &query).await?;
        let mut writer = writer(ending, view)?;
        let mut rendition = Rendition::new(view, view, NamedSystem::crs84());
        // Beside its place, and put there whole.
        let folder = self.output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut draft = tempfile::NamedTempFile::new_in(folder).because(|| {
            let folder = folder.display();
            words(format!("không ghi được vào {folder}"), format!("nothing can be written in {folder}"))
        })?;
        let (mut out, mut count) = (Vec::with_capacity(2 * PIECE), 0_u64);
        writer.begin(&mut out)?;
        loop {
            let mut written = Ok(());
            let mut take = |row: &FeatureRow<'_>| {
                count += 1;
                written = rendition.pass(row, |shown| writer.feature(shown, &mut out));
                if written.is_ok() && out.len() < PIECE {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            };
            let more = rows.next(&mut take).await?;
            written?;
            draft.write_all(&out)?;
            out.clear();
            if !more {
                break;
            }
        }
        let made = writer.end(None, &mut out)?;
        draft.write_all(&out)?;
        if let Some(mut made) = made {
            io::copy(&mut made, &mut BufWriter::new(draft.as_file_mut()))?;
        }
        readable(draft.as_file())?;
        draft.persist(&self.output).because(|| {
            let file = self.output.display();
            words(format!("không ghi được {file}"), format!("{file} cannot be written"))
        })?;
        Ok(count)
    }
}

/// A draft is its owner's alone; the file is as open as others are.
fn readable(file: &File) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.set_permissions(std::fs::Permissions::from_mode(0o644))?)
}

fn view(catalog: &Catalog, id: &str) -> Result<LayerView> {
    own_layer(catalog, id)?;
    let everything = Caller::anonymous(AccessClass::Restricted);
    catalog.view(id, &everything).ok_or_else(|| no_layer(catalog, id))
}

/// A run by its number, or a moment.
async fn moment(database: &Database, layer: &str, text: &str) -> Result<AsOf> {
    if let Ok(run) = text.parse() {
        let found = database.after_run(layer, run).await?;
        return found.ok_or_else(|| {
            refusal(
                format!(
                    "lớp `{layer}` không có lần {run}; `diaban history {layer}` liệt kê các lần đã giữ lại"
                ),
                format!("layer `{layer}` has no run {run}; `diaban history {layer}` lists them"),
            )
        });
    }
    AsOf::parse(text).ok_or_else(|| {
        refusal(
            format!(
                "--as-of {text} không phải là thời điểm; hãy ghi như 2026-11-24T08:00:00+07:00, 2026-11-24, hoặc số của một \
                 lần nạp"
            ),
            format!(
                "--as-of {text} is no moment; write 2026-11-24T08:00:00+07:00, 2026-11-24, or the number of a run"
            ),
        )
    })
}

fn ending(path: &Path) -> Result<String> {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    if !ENDINGS.contains(&ending.as_str()) {
        let (file, all) = (path.display(), ENDINGS.join(", "));
        return Err(refusal(
            format!("--output {file}: phần đuôi của tên tệp cho biết định dạng, phải là một trong {all}"),
            format!("--output {file}: its ending says the form, and is none of {all}"),
        ));
    }
    Ok(ending)
}

fn writer(ending: &str, view: &LayerView) -> Result<Box<dyn FeatureWriter>> {
    let has_points = view.layer().geometry == [GeometryType::Point];
    let positions = if has_points { Positions::LonLat } else { Positions::Wkt };
    Ok(match ending {
        "geojsons" => Box::new(GeoJsonSeq::new(view)),
        "csv" => Box::new(Csv::new(view, positions)),
        "fgb" => Box::new(FlatGeobuf::new(view)),
        "parquet" => Box::new(GeoParquet::new(view)?),
        "gpkg" => Box::new(GeoPackage::new(view)?),
        "xlsx" => Box::new(Xlsx::new(view)?),
        _ => Box::new(GeoJson::new(view)),
    })
}
