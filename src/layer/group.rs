//! The themes that layers are listed under.

use super::Title;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Units and borders.
    Administration,
    /// Plans.
    Planning,
    /// Land prices.
    LandPrice,
    /// Industry, trade, investment.
    Industry,
    /// Roads, waterways, their works.
    Transport,
    /// Urban networks.
    Urban,
    /// Post and telecommunications.
    Telecom,
    /// Agriculture.
    Agriculture,
    /// Schools, health, work, culture, science.
    Society,
}

impl Group {
    /// What the theme is called.
    pub fn title(self) -> Title {
        let (vi, en) = match self {
            Self::Administration => ("Địa giới hành chính", "Administration"),
            Self::Planning => ("Quy hoạch", "Planning"),
            Self::LandPrice => ("Giá đất", "Land prices"),
            Self::Industry => ("Công thương, đầu tư", "Industry and investment"),
            Self::Transport => ("Giao thông", "Transport"),
            Self::Urban => ("Hạ tầng đô thị", "Urban networks"),
            Self::Telecom => ("Bưu chính, viễn thông", "Post and telecommunications"),
            Self::Agriculture => ("Nông nghiệp", "Agriculture"),
            Self::Society => ("Văn hóa, xã hội", "Society"),
        };
        Title { vi: vi.to_owned(), en: en.to_owned() }
    }
}
