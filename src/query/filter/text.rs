//! CQL2 text (OGC 21-065r2, annex B) into its tree.
//!
//! Recursive descent over tokens, with a bound on depth and size: it takes time in proportion to
//! the text, whatever the text is.

use super::{
    FilterError, Place,
    syntax::{BYTES_MAX, Node, NodeKind, Size},
    token::{Token, TokenKind, Tokens},
};

/// Reads a filter.
pub fn parse(text: &str) -> Result<Node, FilterError> {
    if text.len() > BYTES_MAX {
        return Err(FilterError::TooLong { limit: BYTES_MAX });
    }
    let mut parser = Parser { tokens: Tokens::new(text), size: Size::default() };
    let node = parser.any()?;
    match parser.tokens.peek().kind {
        TokenKind::End => Ok(node),
        _ => Err(parser.expected("AND, OR or the end")),
    }
}

/// Reads a text token by token.
pub(super) struct Parser<'t> {
    pub(super) tokens: Tokens<'t>,
    pub(super) size: Size,
}

type Parsed = Result<Node, FilterError>;

impl<'t> Parser<'t> {
    pub(super) fn expected(&self, what: &str) -> FilterError {
        let token = self.tokens.peek();
        match token.is_open_quote() {
            true => FilterError::at(token.place(), "this quote is not closed".to_owned()),
            false => FilterError::at(token.place(), format!("{what} is expected here")),
        }
    }

    pub(super) fn node(&mut self, place: Place, kind: NodeKind) -> Parsed {
        self.size.node(&place)?;
        Ok(Node { place, kind })
    }

    fn call(&mut self, place: Place, name: &str, arguments: Vec<Node>) -> Parsed {
        self.node(place, NodeKind::Call(name.to_owned(), arguments))
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = self.tokens.peek().is_word(word);
        if found {
            self.tokens.advance();
        }
        found
    }

    pub(super) fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.tokens.peek().kind, TokenKind::Symbol(s) if s == symbol);
        if found {
            self.tokens.advance();
        }
        found
    }

    pub(super) fn must(&mut self, symbol: &str) -> Result<(), FilterError> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    /// OR binds least, then AND, then NOT.
    fn any(&mut self) -> Parsed {
        let place = self.tokens.peek().place();
        self.size.enter(&place)?;
        let mut list = vec![self.all()?];
        while self.keyword("or") {
            list.push(self.all()?);
        }
        self.size.leave();
        self.joined(place, "or", list)
    }

    fn all(&mut self) -> Parsed {
        let place = self.tokens.peek().place();
        let mut list = vec![self.negated()?];
        while self.keyword("and") {
            list.push(self.negated()?);
        }
        self.joined(place, "and", list)
    }

    fn joined(&mut self, place: Place, name: &str, mut list: Vec<Node>) -> Parsed {
        match list.len() {
            1 => list.pop().ok_or_else(|| self.expected("an expression")),
            _ => self.call(place, name, list),
        }
    }

    fn negated(&mut self) -> Parsed {
        let place = self.tokens.peek().place();
        if !self.keyword("not") {
            return self.predicate();
        }
        self.size.enter(&place)?;
        let inner = self.negated()?;
        self.size.leave();
        self.call(place, "not", vec![inner])
    }

    fn predicate(&mut self) -> Parsed {
        let left = self.sum()?;
        let place = self.tokens.peek().place();
        let operator = match self.tokens.peek().kind {
            TokenKind::Symbol(s @ ("=" | "<>" | "<" | "<=" | ">" | ">=")) => Some(s),
            TokenKind::Symbol("!=") => Some("<>"),
            _ => None,
        };
        if let Some(operator) = operator {
            self.tokens.advance();
            let right = self.sum()?;
            return self.call(place, operator, vec![left, right]);
        }
        if self.keyword("is") {
            let not = self.keyword("not");
            if !self.keyword("null") {
                return Err(self.expected("NULL"));
            }
            let call = self.call(place.clone(), "isnull", vec![left])?;
            return self.perhaps_not(not, place, call);
        }
        let not = self.keyword("not");
        let call = if self.keyword("like") {
            let pattern = self.sum()?;
            self.call(place.clone(), "like", vec![left, pattern])?
        } else if self.keyword("between") {
            let low = self.sum()?;
            if !self.keyword("and") {
                return Err(self.expected("AND"));
            }
            let high = self.sum()?;
            self.call(place.clone(), "between", vec![left, low, high])?
        } else if self.keyword("in") {
            let at = self.tokens.peek().place();
            self.must("(")?;
            let list = self.list_until_closed()?;
            let list = self.node(at, NodeKind::List(list))?;
            self.call(place.clone(), "in", vec![left, list])?
        } else if not {
            return Err(self.expected("LIKE, BETWEEN or IN"));
        } else {
            return Ok(left);
        };
        self.perhaps_not(not, place, call)
    }

    fn perhaps_not(&mut self, not: bool, place: Place, call: Node) -> Parsed {
        if not { self.call(place, "not", vec![call]) } else { Ok(call) }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let TokenKind::Symbol(operator @ ("+" | "-")) = self.tokens.peek().kind {
            let place = self.tokens.advance().place();
            let right = self.product()?;
            left = self.chained(place, operator, left, right)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        loop {
            let token = self.tokens.peek();
            let operator = match token.kind {
                TokenKind::Symbol(s @ ("*" | "/" | "%")) => s,
                _ if token.is_word("div") => "div",
                _ => return Ok(left),
            };
            let place = self.tokens.advance().place();
            let right = self.signed()?;
            left = self.chained(place, operator, left, right)?;
        }
    }

    /// A chain `a + b + c` stands deeper in the tree with each link.
    fn chained(&mut self, place: Place, operator: &str, left: Node, right: Node) -> Parsed {
        const CHAIN_MAX: usize = super::syntax::DEPTH_MAX;
        let mut links = 1;
        let mut inner = &left;
        while let NodeKind::Call(name, arguments) = &inner.kind
            && matches!(name.as_str(), "+" | "-" | "*" | "/" | "%" | "div")
            && let Some(first) = arguments.first()
        {
            links += 1;
            inner = first;
        }
        if links > CHAIN_MAX {
            return Err(FilterError::at(place, format!("more than {CHAIN_MAX} numbers stand in one sum")));
        }
        self.call(place, operator, vec![left, right])
    }

    /// A minus before a number is its sign; before anything else it is `-1 *`.
    fn signed(&mut self) -> Parsed {
        let place = self.tokens.peek().place();
        let minus = match self.tokens.peek().kind {
            TokenKind::Symbol("-") => true,
            TokenKind::Symbol("+") => false,
            _ => return self.power(),
        };
        self.tokens.advance();
        let first = self.tokens.peek();
        self.size.enter(&place)?;
        let inner = self.signed()?;
        self.size.leave();
        if !minus {
            return Ok(inner);
        }
        let negative = matches!(first.kind, TokenKind::Number(_)).then(|| format!("-{}", first.text));
        match (negative.and_then(|text| number(&text)), inner.kind) {
            (Some(kind), NodeKind::Int(_) | NodeKind::Number(_)) => Ok(Node { place, kind }),
            (_, kind) => {
                let minus_one = self.node(place.clone(), NodeKind::Int(-1))?;
                self.call(place.clone(), "*", vec![minus_one, Node { place, kind }])
            }
        }
    }

    /// `^` binds most, and to the right.
    fn power(&mut self) -> Parsed {
        let base = self.atom()?;
        let place = self.tokens.peek().place();
        if !self.symbol("^") {
            return Ok(base);
        }
        self.size.enter(&place)?;
        let exponent = self.signed()?;
        self.size.leave();
        self.call(place, "^", vec![base, exponent])
    }

    fn atom(&mut self) -> Parsed {
        let token = self.tokens.peek();
        let place = token.place();
        match token.kind {
            TokenKind::Text => {
                let text = token.unquoted('\'');
                self.tokens.advance();
                self.node(place, NodeKind::Text(text))
            }
            TokenKind::Number(_) => {
                self.tokens.advance();
                let kind = number(token.text)
                    .ok_or_else(|| FilterError::at(place.clone(), "this number is too large".to_owned()))?;
                self.node(place, kind)
            }
            TokenKind::Quoted => {
                let name = token.unquoted('"');
                self.tokens.advance();
                self.node(place, NodeKind::Property(name))
            }
            TokenKind::Word => self.word(token),
            TokenKind::Symbol("(") => {
                self.tokens.advance();
                self.in_parentheses(place)
            }
            _ => Err(self.expected("a property, a value, a function or `(`")),
        }
    }

    /// One expression in parentheses, or a list of them.
    fn in_parentheses(&mut self, place: Place) -> Parsed {
        if self.symbol(")") {
            return self.node(place, NodeKind::List(Vec::new()));
        }
        let first = self.any()?;
        if self.symbol(")") {
            return Ok(first);
        }
        if !self.symbol(",") {
            return Err(self.expected("`)` or `,`"));
        }
        let mut list = vec![first];
        list.extend(self.list_until_closed()?);
        self.node(place, NodeKind::List(list))
    }

    fn list_until_closed(&mut self) -> Result<Vec<Node>, FilterError> {
        let mut list = Vec::new();
        if self.symbol(")") {
            return Ok(list);
        }
        loop {
            list.push(self.any()?);
            if self.symbol(")") {
                return Ok(list);
            }
            if !self.symbol(",") {
                return Err(self.expected("`)` or `,`"));
            }
        }
    }

    /// A word is a value, a geometry, a function, or the name of a property.
    fn word(&mut self, token: Token<'t>) -> Parsed {
        let place = token.place();
        let name = token.text.to_lowercase();
        if matches!(name.as_str(), "and" | "or" | "not" | "in" | "like" | "between" | "is" | "null") {
            return Err(self.expected("a property, a value, a function or `(`"));
        }
        self.tokens.advance();
        if let Some(geometry) = self.geometry(&name)? {
            return self.node(place, NodeKind::Geometry(geometry));
        }
        match name.as_str() {
            "true" => return self.node(place, NodeKind::Bool(true)),
            "false" => return self.node(place, NodeKind::Bool(false)),
            _ => {}
        }
        if !self.symbol("(") {
            return self.node(place, NodeKind::Property(token.text.to_owned()));
        }
        let kind = match name.as_str() {
            "date" => NodeKind::Date(self.only_text()?),
            "timestamp" => NodeKind::Timestamp(self.only_text()?),
            "bbox" => NodeKind::Bbox(self.numbers()?),
            _ => {
                let arguments = self.list_until_closed()?;
                if name == "interval" {
                    let two = <[Node; 2]>::try_from(arguments).map_err(|_| {
                        let text = "INTERVAL takes a start and an end, each an instant, a property or '..'";
                        FilterError::at(place.clone(), text.to_owned())
                    })?;
                    NodeKind::Interval(Box::new(two))
                } else {
                    NodeKind::Call(if is_operator(&name) { name } else { token.text.to_owned() }, arguments)
                }
            }
        };
        self.node(place, kind)
    }

    fn only_text(&mut self) -> Result<String, FilterError> {
        let token = self.tokens.peek();
        if token.kind != TokenKind::Text {
            return Err(self.expected("a text in single quotes"));
        }
        self.tokens.advance();
        self.must(")")?;
        Ok(token.unquoted('\''))
    }

    fn numbers(&mut self) -> Result<Vec<f64>, FilterError> {
        let mut numbers = vec![self.coordinate()?];
        while self.symbol(",") {
            if numbers.len() == 6 {
                return Err(self.expected("`)`"));
            }
            numbers.push(self.coordinate()?);
        }
        self.must(")")?;
        Ok(numbers)
    }
}

/// A number as it is written; `None` if it is too large.
fn number(text: &str) -> Option<NodeKind> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(NodeKind::Int(whole));
    }
    text.parse().ok().filter(|n: &f64| n.is_finite()).map(NodeKind::Number)
}

/// Whether CQL2 has a function or operator of that name, so that its case does not count.
fn is_operator(name: &str) -> bool {
    name.starts_with("s_")
        || name.starts_with("t_")
        || name.starts_with("a_")
        || matches!(name, "casei" | "accenti")
}
