//! Numbers among the days of a workbook: those by which Excel counts days, and those that somebody typed.

use super::{sheets::workbook, *};

fn rows<'a>(numbers: &[&'a str]) -> Vec<[&'a str; 4]> {
    let codes = ["G1", "G2", "G3", "G4"];
    let head = ["Mã", "Ngày khoan", "lon", "lat"];
    let row = |(code, number): (&'a str, &&'a str)| [code, *number, "106.4", "10.5"];
    std::iter::once(head).chain(codes.into_iter().zip(numbers).map(row)).collect()
}

impl Ground {
    fn with_days(&self, numbers: &[&str]) -> PathBuf {
        let rows = rows(numbers);
        let rows: Vec<&[&str]> = rows.iter().map(<[&str; 4]>::as_slice).collect();
        workbook(self, "a.xlsx", &rows)
    }
}

#[tokio::test]
async fn a_month_with_its_year_is_no_day_of_seventy_years_from_now() {
    let ground = Ground::new().await;
    for numbers in [&["72025"][..], &["42025"], &["12025", "42025", "112025"], &["45292", "42025", "122025"]]
    {
        let mut asked = request("well", &ground.with_days(numbers));
        asked.max_refused = "100%".parse().unwrap();
        let report = ground.run(&asked).await.unwrap();
        let read: Vec<_> = ground.stored().await.into_iter().filter_map(|(_, _, day)| day).collect();
        let expected: &[&str] = if numbers[0] == "45292" { &["2024-01-01"] } else { &[] };
        assert_eq!(read, expected, "{numbers:?}: {:?}", report.findings);
        ground.emptied().await;
    }
    let text = ground.refused(&request("well", &ground.with_days(&["72025"]))).await;
    assert!(text.contains("2097-03-11") && text.contains("month 7/2025 typed without signs"), "{text}");
    // A day, a month and two digits of a year, of which Excel has dropped the 0 in front.
    let text = ground.refused(&request("well", &ground.with_days(&["10725"]))).await;
    assert!(text.contains("01/07/25 typed without signs"), "{text}");
}

#[tokio::test]
async fn among_days_it_is_the_day_that_excel_counts_by_it() {
    let ground = Ground::new().await;
    for numbers in [["45292", "42025"], ["'2024/01/01", "42025"]] {
        let report = ground.import("well", &ground.with_days(&numbers)).await.unwrap();
        assert_eq!(report.refused, 0, "{:?}", report.findings);
        let days: Vec<_> = ground.stored().await.into_iter().filter_map(|(_, _, day)| day).collect();
        assert_eq!(days, ["2024-01-01", "2015-01-21"]);
        ground.emptied().await;
    }
}
