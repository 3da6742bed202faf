//! One change: what kind, where, and whom it concerns.

use std::fmt;

use super::Coordinates;

/// How much a change matters to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Criticality {
    /// Operations that were valid no longer are, or answers have another form.
    Breaking,
    /// Operations stay valid, but clients may meet what they do not expect.
    Dangerous,
    /// Nothing a client can notice without asking for it.
    Safe,
}

impl Criticality {
    /// The word for it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Dangerous => "dangerous",
            Self::Safe => "safe",
        }
    }
}

impl fmt::Display for Criticality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! kinds {
    ($($name:ident $criticality:ident $text:literal)*) => {
        /// What kind of change it is. The spelling ([`ChangeKind::as_str`]) is for programs to match on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ChangeKind {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl ChangeKind {
            /// Every kind, the worst first.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The spelling for programs.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How much it matters.
            pub fn criticality(self) -> Criticality {
                match self { $(Self::$name => Criticality::$criticality,)* }
            }
        }
    };
}

kinds! {
    TypeRemoved Breaking "TYPE_REMOVED"
    TypeKindChanged Breaking "TYPE_KIND_CHANGED"
    RootTypeChanged Breaking "ROOT_TYPE_CHANGED"
    FieldRemoved Breaking "FIELD_REMOVED"
    FieldTypeChanged Breaking "FIELD_TYPE_CHANGED"
    ArgumentRemoved Breaking "ARGUMENT_REMOVED"
    ArgumentTypeChanged Breaking "ARGUMENT_TYPE_CHANGED"
    RequiredArgumentAdded Breaking "REQUIRED_ARGUMENT_ADDED"
    InputFieldRemoved Breaking "INPUT_FIELD_REMOVED"
    InputFieldTypeChanged Breaking "INPUT_FIELD_TYPE_CHANGED"
    RequiredInputFieldAdded Breaking "REQUIRED_INPUT_FIELD_ADDED"
    OneOfAdded Breaking "ONE_OF_ADDED"
    EnumValueRemoved Breaking "ENUM_VALUE_REMOVED"
    UnionMemberRemoved Breaking "UNION_MEMBER_REMOVED"
    InterfaceRemoved Breaking "INTERFACE_REMOVED"
    DirectiveRemoved Breaking "DIRECTIVE_REMOVED"
    DirectiveArgumentRemoved Breaking "DIRECTIVE_ARGUMENT_REMOVED"
    DirectiveArgumentTypeChanged Breaking "DIRECTIVE_ARGUMENT_TYPE_CHANGED"
    RequiredDirectiveArgumentAdded Breaking "REQUIRED_DIRECTIVE_ARGUMENT_ADDED"
    DirectiveLocationRemoved Breaking "DIRECTIVE_LOCATION_REMOVED"
    DirectiveRepeatableRemoved Breaking "DIRECTIVE_REPEATABLE_REMOVED"

    EnumValueAdded Dangerous "ENUM_VALUE_ADDED"
    UnionMemberAdded Dangerous "UNION_MEMBER_ADDED"
    InterfaceAdded Dangerous "INTERFACE_ADDED"
    OptionalArgumentAdded Dangerous "OPTIONAL_ARGUMENT_ADDED"
    ArgumentDefaultChanged Dangerous "ARGUMENT_DEFAULT_CHANGED"
    OptionalInputFieldAdded Dangerous "OPTIONAL_INPUT_FIELD_ADDED"
    InputFieldDefaultChanged Dangerous "INPUT_FIELD_DEFAULT_CHANGED"
    SpecifiedByChanged Dangerous "SPECIFIED_BY_CHANGED"

    TypeAdded Safe "TYPE_ADDED"
    RootTypeAdded Safe "ROOT_TYPE_ADDED"
    FieldAdded Safe "FIELD_ADDED"
    FieldTypeNarrowed Safe "FIELD_TYPE_NARROWED"
    ArgumentTypeWidened Safe "ARGUMENT_TYPE_WIDENED"
    InputFieldTypeWidened Safe "INPUT_FIELD_TYPE_WIDENED"
    InputEnumValueAdded Safe "INPUT_ENUM_VALUE_ADDED"
    OneOfRemoved Safe "ONE_OF_REMOVED"
    Deprecated Safe "DEPRECATED"
    DeprecationRemoved Safe "DEPRECATION_REMOVED"
    DeprecationReasonChanged Safe "DEPRECATION_REASON_CHANGED"
    DirectiveAdded Safe "DIRECTIVE_ADDED"
    DirectiveArgumentAdded Safe "DIRECTIVE_ARGUMENT_ADDED"
    DirectiveArgumentTypeWidened Safe "DIRECTIVE_ARGUMENT_TYPE_WIDENED"
    DirectiveLocationAdded Safe "DIRECTIVE_LOCATION_ADDED"
    DirectiveRepeatableAdded Safe "DIRECTIVE_REPEATABLE_ADDED"
}

/// A change of the schema clients see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What kind of change.
    pub kind: ChangeKind,
    /// The element, as a schema coordinate: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`,
    /// `@directive` or `@directive(argument:)`.
    pub coordinate: String,
    /// One sentence, lower-case start, no final dot.
    pub message: String,
    /// An operation is concerned if it uses all of these.
    uses: Vec<String>,
    /// An operation that uses this is not concerned.
    unless: Option<String>,
}

impl Change {
    /// How much it matters.
    pub fn criticality(&self) -> Criticality {
        self.kind.criticality()
    }

    /// Whether an operation that uses these elements of the old schema is concerned.
    pub fn concerns(&self, used: &Coordinates) -> bool {
        !self.uses.is_empty()
            && self.uses.iter().all(|coordinate| used.contains(coordinate))
            && !self.unless.as_ref().is_some_and(|coordinate| used.contains(coordinate))
    }
}

/// Changes while they are collected.
#[derive(Default)]
pub(super) struct Changes(Vec<Change>);

impl Changes {
    /// A change that concerns whoever uses the element itself.
    pub(super) fn push(&mut self, kind: ChangeKind, coordinate: impl Into<String>, message: String) {
        let coordinate = coordinate.into();
        let uses = vec![coordinate.clone()];
        self.0.push(Change { kind, coordinate, message, uses, unless: None });
    }

    /// A change that concerns whoever uses other elements.
    pub(super) fn push_for<const N: usize>(
        &mut self,
        kind: ChangeKind,
        coordinate: impl Into<String>,
        message: String,
        uses: [&str; N],
    ) {
        let uses = uses.map(str::to_owned).into();
        self.0.push(Change { kind, coordinate: coordinate.into(), message, uses, unless: None });
    }

    /// Takes those out of the latest change who use an element.
    pub(super) fn unless(&mut self, coordinate: &str) {
        if let Some(change) = self.0.last_mut() {
            change.unless = Some(coordinate.to_owned());
        }
    }

    pub(super) fn sorted(self) -> Vec<Change> {
        let mut changes = self.0;
        changes.sort_by(|a, b| {
            let key = |change: &Change| (change.criticality(), change.kind);
            (key(a).0, &a.coordinate, key(a).1, &a.message).cmp(&(
                key(b).0,
                &b.coordinate,
                key(b).1,
                &b.message,
            ))
        });
        changes
    }
}
