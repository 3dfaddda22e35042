//! The units of numbers, as layer files and people write them.

use super::definition::Title;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares the units once: variant, how it is written, and its words where a symbol says little.
macro_rules! units {
    ($($(#[doc = $doc:literal])+ $variant:ident = $symbol:literal, $vi:literal, $en:literal;)+) => {
        /// Units, as they are written in layer files.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Unit {
            $($(#[doc = $doc])+ #[serde(rename = $symbol)] $variant,)+
        }

        impl Unit {
            /// The unit as layer files write it.
            pub const fn symbol(self) -> &'static str {
                match self { $(Self::$variant => $symbol,)+ }
            }

            /// The unit as people read it.
            pub fn title(self) -> Title {
                let (vi, en) = match self { $(Self::$variant => ($vi, $en),)+ };
                Title { vi: vi.to_owned(), en: en.to_owned() }
            }
        }
    };
}

units! {
    /// Millimetre.
    Millimetre = "mm", "mm", "mm";
    /// Metre.
    Metre = "m", "m", "m";
    /// Kilometre.
    Kilometre = "km", "km", "km";
    /// Square metre.
    SquareMetre = "m2", "m²", "m²";
    /// Hectare.
    Hectare = "ha", "ha", "ha";
    /// Square kilometre.
    SquareKilometre = "km2", "km²", "km²";
    /// Cubic metre a second.
    CubicMetreASecond = "m3/s", "m³/s", "m³/s";
    /// Cubic metre a day.
    CubicMetreADay = "m3/day", "m³/ngày", "m³/day";
    /// Percent.
    Percent = "%", "%", "%";
    /// Hour.
    Hour = "h", "giờ", "h";
    /// Megavolt-ampere.
    MegavoltAmpere = "MVA", "MVA", "MVA";
    /// Megabit a second.
    MegabitASecond = "Mbit/s", "Mbit/s", "Mbit/s";
    /// Tonne.
    Tonne = "t", "tấn", "t";
    /// Tonne a hectare.
    TonneAHectare = "t/ha", "tấn/ha", "t/ha";
    /// Dong a square metre.
    DongASquareMetre = "VND/m2", "đồng/m²", "VND/m²";
    /// Million dong.
    MillionDong = "million VND", "triệu đồng", "million VND";
    /// Billion dong.
    BillionDong = "billion VND", "tỷ đồng", "billion VND";
    /// US dollar a square metre for the whole term.
    DollarASquareMetreAndTerm = "USD/m2/term", "USD/m²/chu kỳ thuê", "USD/m²/term";
}
