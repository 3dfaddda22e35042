//! What lies in all of several shapes, told step by step while one walks across their edges.
//!
//! A ring goes round a position or does not, whichever way and however often. A part is what its exterior goes
//! round and none of its holes does, a shape what any of its parts is. So the map shows rings that cross, parts
//! that overlap and holes that reach out; of sound shapes every rule says the same.

use super::sweep::SHAPES_MAX;

/// What a ring is to its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Around the part of that number.
    Exterior(usize),
    /// In the part of that number.
    Hole(usize),
}

impl Role {
    /// The number of its part.
    pub const fn part(self) -> usize {
        match self {
            Self::Exterior(part) | Self::Hole(part) => part,
        }
    }
}

/// Rings that are not told apart.
#[derive(Debug, Clone, Copy)]
struct Lane {
    shape: usize,
    role: Role,
    /// Whether being gone round an even number of times is being outside.
    even_odd: bool,
}

/// A part: how many exteriors and holes go round where one stands.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    exteriors: u32,
    holes: u32,
}

impl Part {
    const fn holds(self) -> bool {
        self.exteriors > 0 && self.holes == 0
    }
}

/// Where one stands. Its room is used again.
#[derive(Debug, Default)]
pub struct Inside {
    lanes: Vec<Lane>,
    windings: Vec<i32>,
    parts: Vec<Part>,
    /// Of each shape how many parts hold the position.
    holding: [u32; SHAPES_MAX],
    shapes: usize,
    /// How many shapes do.
    held_by: usize,
}

impl Inside {
    /// Outside of everything, and of no shape yet.
    pub fn clear(&mut self) {
        self.lanes.clear();
        self.windings.clear();
        self.parts.clear();
        self.holding = [0; SHAPES_MAX];
        (self.shapes, self.held_by) = (0, 0);
    }

    /// Adds a shape of rings that are told apart. Returns the number of its first ring.
    pub fn add_rings(&mut self, roles: &[Role]) -> usize {
        let (first, before) = (self.lanes.len(), self.parts.len());
        for role in roles {
            let role = match role {
                Role::Exterior(part) => Role::Exterior(before + part),
                Role::Hole(part) => Role::Hole(before + part),
            };
            self.add_lane(role, false);
        }
        self.shapes += 1;
        first
    }

    /// Adds a shape of rings that are not told apart: inside is what they go round at all, or an odd number of
    /// times. Returns their number.
    pub fn add_whole(&mut self, even_odd: bool) -> usize {
        self.add_lane(Role::Exterior(self.parts.len()), even_odd);
        self.shapes += 1;
        self.lanes.len() - 1
    }

    fn add_lane(&mut self, role: Role, even_odd: bool) {
        self.parts.resize(self.parts.len().max(role.part() + 1), Part::default());
        self.lanes.push(Lane { shape: self.shapes, role, even_odd });
        self.windings.push(0);
    }

    /// Crosses an edge of a ring, which goes on to wind so much more around where one stands then.
    pub fn cross(&mut self, ring: usize, turn: i32) {
        let (lane, winding) = (self.lanes[ring], &mut self.windings[ring]);
        let round = |winding: i32| if lane.even_odd { winding & 1 != 0 } else { winding != 0 };
        let before = round(*winding);
        *winding += turn;
        let now = round(*winding);
        if before == now {
            return;
        }
        let part = &mut self.parts[lane.role.part()];
        let held = part.holds();
        let count = match lane.role {
            Role::Exterior(_) => &mut part.exteriors,
            Role::Hole(_) => &mut part.holes,
        };
        *count = if now { *count + 1 } else { *count - 1 };
        let (holds, holding) = (part.holds(), &mut self.holding[lane.shape]);
        if held == holds {
            return;
        }
        *holding = if holds { *holding + 1 } else { *holding - 1 };
        match (holds, *holding) {
            (true, 1) => self.held_by += 1,
            (false, 0) => self.held_by -= 1,
            _ => {}
        }
    }

    /// Whether all shapes hold the position.
    pub const fn is_in_all(&self) -> bool {
        self.held_by == self.shapes
    }
}
