//! The file of grants: what it gives, and what a mistake in it is answered with.

use super::{TODAY, catalog, granted};
use diaban::layer::{AccessClass, Caller, Refusal};
use time::macros::date;

#[test]
fn each_mistake_is_told_with_its_line() {
    for (text, said) in [
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"well\",\n  \"wel\"]\n",
            "grants.toml:4: there is no layer `wel`",
        ),
        ("[[grants]]\nagency = \"wels\"\nlayers = [\"well\"]\n", "grants.toml:2: there is no agency `wels`"),
        ("[[grants]]\nagency = \"wells\"\nlayers = []\n", "grants.toml:3: the list is empty"),
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"well\", \"well\"]\n",
            "grants.toml:3: `well` stands twice",
        ),
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"*\"]\nclass = \"open\"\n",
            "grants.toml:4: `open` is what anyone may see",
        ),
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"*\"]\nclass = \"secret\"\n",
            "grants.toml:4: unknown value `secret`; allowed: `open`, `shared`, `restricted`",
        ),
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"well\"]\ncommunes = [\"25459\"]\n",
            "grants.toml:3: the rows of `well` do not say in which commune they are",
        ),
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"*\"]\ncommunes = [\n  \"25459\",\n  \"2545\"]\n",
            "grants.toml:6: `2545` is no code of a commune; one has five digits",
        ),
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"*\"]\ncommunes = []\n",
            "grants.toml:4: the list is empty",
        ),
        ("[[grants]]\nagency = \"wells\"\n", "grants.toml:1: the key `layers` is missing"),
        ("\n[[grant]]\nagency = \"wells\"\n", "grants.toml:2: unknown key `grant`; allowed: `grants`"),
        (
            "[[grants]]\nagency = \"wells\"\nlayers = [\"*\"]\nuntil = \"31/12/2026\"\n",
            "grants.toml:4: `31/12/2026` is no day; write it as 2025-07-01",
        ),
        ("[[grants]\n", "grants.toml:1: this is no TOML"),
    ] {
        let error = granted(text, &catalog()).unwrap_err();
        assert!(error.contains(said), "{text}\n{error}");
    }
}

#[test]
fn a_grant_gives_what_it_says_and_no_more() {
    let text = "[[grants]]\nagency = \"wells\"\nlayers = [\"well\"]\nclass = \"restricted\"\n\
                [[grants]]\nagency = \"wells\"\nlayers = [\"*\"]\n";
    let grants = granted(text, &catalog()).unwrap();
    let of = |agency| Caller::agency(AccessClass::Open, grants.of(agency));
    let (wells, nobody) = (of("wells"), of("outsider"));
    assert_eq!(wells.class_of("well"), AccessClass::Restricted, "the highest of several");
    assert_eq!(wells.class_of("road"), AccessClass::Shared);
    assert_eq!(nobody.class_of("well"), AccessClass::Open);
    let catalog = catalog();
    let sees = |caller: &Caller, layer: &str, attribute: &str| {
        catalog.view(layer, caller).is_some_and(|view| view.askable(attribute).is_some())
    };
    assert!(sees(&wells, "well", "bimat_owner") && !sees(&nobody, "well", "bimat_owner"));
    assert!(!sees(&wells, "bimat_cable", "code"), "shared does not reach a restricted layer");
    assert_eq!(wells.refusal("bimat_cable"), None, "`*` tells of no layer that it does not reach");
    assert_ne!(wells.sight(), nobody.sight());
    assert_eq!(nobody.sight(), Caller::anonymous(AccessClass::Open).sight(), "he sees what anyone sees");
}

#[test]
fn a_grant_holds_through_its_last_day() {
    let until = |day: &str| {
        let text = format!(
            "[[grants]]\nagency = \"cables\"\nlayers = [\"bimat_cable\"]\nclass = \"restricted\"\nuntil = \"{day}\"\n"
        );
        Caller::agency(AccessClass::Open, granted(&text, &catalog()).unwrap().of("cables"))
    };
    assert_eq!(until(&TODAY.to_string()).class_of("bimat_cable"), AccessClass::Restricted);
    let over = until("2026-11-29");
    assert_eq!(over.class_of("bimat_cable"), AccessClass::Open);
    assert_eq!(over.refusal("bimat_cable"), Some(Refusal::Ended(date!(2026 - 11 - 29))));
}
