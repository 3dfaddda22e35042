//! Whether a word is a syllable that Vietnamese spelling allows: onset, rime and tone.
//!
//! The rules are those of school grammars: an onset of a closed list, a rime of a closed list, k,
//! gh and ngh before e, ê, i and y and c, g and ng before the others, and only sắc or nặng where
//! the rime ends in c, ch, p or t. Must not know encodings.

use super::letters::parts;

const ONSETS: [&str; 27] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k",
    "l", "m", "n", "p", "r", "s", "t", "v", "x",
];

/// Rimes of one vowel or diphthong, without tone.
const RIMES: [&str; 127] = [
    "a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay", "ăc", "ăm", "ăn", "ăng",
    "ăp", "ăt", "âc", "âm", "ân", "âng", "âp", "ât", "âu", "ây", "e", "ec", "em", "en", "eng", "eo", "ep",
    "et", "ê", "êch", "êm", "ên", "ênh", "êp", "êt", "êu", "i", "ia", "ich", "iêc", "iêm", "iên", "iêng",
    "iêp", "iêt", "iêu", "im", "in", "inh", "ip", "it", "iu", "o", "oc", "oi", "om", "on", "ong", "ooc",
    "oong", "op", "ot", "ô", "ôc", "ôi", "ôm", "ôn", "ông", "ôp", "ôt", "ơ", "ơi", "ơm", "ơn", "ơp", "ơt",
    "u", "ua", "uc", "ui", "um", "un", "ung", "uôc", "uôi", "uôm", "uôn", "uông", "uôt", "up", "ut", "ư",
    "ưa", "ưc", "ưi", "ưng", "ươc", "ươi", "ươm", "ươn", "ương", "ươp", "ươt", "ươu", "ưt", "ưu", "y", "ych",
    "yêm", "yên", "yêng", "yêt", "yêu", "yn", "ynh", "yp", "yt", "yu", "ưm", "ưn",
];

/// Rimes that begin with the glide of `oa` and `uy`, without tone.
const GLIDED: [&str; 40] = [
    "oa", "oac", "oach", "oai", "oam", "oan", "oang", "oanh", "oao", "oap", "oat", "oay", "oăc", "oăm",
    "oăn", "oăng", "oăt", "oe", "oem", "oen", "oeo", "oet", "uân", "uâng", "uât", "uây", "uê", "uêch", "uên",
    "uênh", "uơ", "uy", "uya", "uych", "uyên", "uyêt", "uyn", "uynh", "uyt", "uyu",
];

/// Whether `word`, in small letters and NFC, is a syllable that Vietnamese spelling allows.
pub fn is_syllable(word: &str) -> bool {
    let mut tone = None;
    let mut plain = String::with_capacity(word.len());
    for letter in word.chars() {
        let (base, own) = parts(letter);
        if let Some(own) = own {
            if tone.is_some() {
                return false;
            }
            tone = Some((plain.len(), own));
        }
        plain.push(base);
    }
    let stopped = ["c", "ch", "p", "t"].iter().any(|end| plain.ends_with(end));
    if stopped && !matches!(tone, Some((_, '\u{301}' | '\u{323}'))) {
        return false;
    }
    let placed = |onset: usize| match tone {
        Some((at, _)) => at >= onset && may_bear(&plain[onset..], at - onset),
        None => true,
    };
    if is_rime(&plain) && placed(0) {
        return true;
    }
    let mut onsets = ONSETS.iter().filter(|onset| plain.starts_with(**onset));
    onsets.any(|onset| fits(onset, &plain[onset.len()..]) && placed(onset.len()))
}

// Whether the tone may stand at byte `at` of a rime: on its last vowel with a shape; without one, on
// the middle of three vowels, on the second of two before a consonant, else on the first, and on
// either of oa, oe, uy.
fn may_bear(rime: &str, at: usize) -> bool {
    let shaped = rime.char_indices().rfind(|(_, c)| !c.is_ascii());
    if let Some((shaped, _)) = shaped {
        return at == shaped;
    }
    let vowels = rime.bytes().take_while(|b| b"aeiouy".contains(b)).count();
    match (vowels, rime.len() > vowels) {
        (2, false) => at == 0 || (at == 1 && matches!(rime, "oa" | "oe" | "uy")),
        (2, true) | (3, _) => at == 1,
        _ => at == 0,
    }
}

fn is_rime(rime: &str) -> bool {
    RIMES.contains(&rime) || GLIDED.contains(&rime)
}

fn fits(onset: &str, rime: &str) -> bool {
    let front = rime.starts_with(['e', 'ê', 'i', 'y']);
    match onset {
        "k" | "gh" | "ngh" => front && is_rime(rime),
        "c" | "ng" => !front && is_rime(rime),
        // gì, gìn, and giếng, giết, whose i is written once.
        "g" => (!front || matches!(rime, "i" | "in" | "iêng" | "iêt")) && is_rime(rime),
        "gi" => !rime.starts_with(['i', 'y']) && is_rime(rime),
        "qu" => {
            let glide = ["u", "ư", "oo"].iter().any(|start| rime.starts_with(start));
            !glide && !GLIDED.contains(&rime) && RIMES.contains(&rime)
        }
        // A y before more letters belongs to quy, yên and the like.
        _ => !(rime.starts_with('y') && rime.len() > 1) && is_rime(rime),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_day_are_syllables() {
        let words = "khu công nghiệp đức hòa hoà thuỷ thủy huyện cần giuộc phường khánh hậu ấp ông hưng đường \
            tỉnh sông vàm cỏ đông xã mỹ hạnh bắc giếng gìn gì giữ quốc quyết quỳnh quý yên ý ở nghĩa nguyễn \
            khuya thuở nghiêng khúc khuỷu xoong kỳ lý mỹ tuyến quyển giết ngoằn oẳn uyển thước rượu bưu";
        for word in words.split_whitespace() {
            assert!(is_syllable(word), "{word}");
        }
    }

    #[test]
    fn other_words_are_none() {
        let words = "xaị taọ phờng đờng hng coâng ñöùc nestlé café müller krông đắk tac tàc ghà kà cê ngê õõ ế\u{301} z w \
            đt đđ quư quoa hßa";
        for word in words.split_whitespace() {
            assert!(!is_syllable(word), "{word}");
        }
    }
}
