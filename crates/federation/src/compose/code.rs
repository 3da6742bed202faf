//! The closed set of composition codes: every error and hint, with its spelling and what to do about it.

/// How much a [`Diagnostic`](super::Diagnostic) weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Composition fails.
    Error,
    /// Composition succeeds, but the result may not be what the author expects.
    Hint,
}

macro_rules! codes {
    ($($variant:ident $severity:ident $text:literal $help:literal)*) => {
        /// What a diagnostic is about. The spelling ([`Code::as_str`]) is the one federation users search for
        /// and CI tooling matches on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`: ", $help, ".")] $variant,)*
        }

        impl Code {
            /// Every code, errors first.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The spelling shown to users, for example `KEY_INVALID_FIELDS`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// Whether the code stops composition.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// What to do about it, as one imperative sentence without a final dot.
            pub fn help(self) -> &'static str {
                match self { $(Code::$variant => $help,)* }
            }
        }
    };
}

codes! {
    // The input as such.
    InvalidSubgraphName Error "INVALID_SUBGRAPH_NAME" "give every subgraph its own name of letters, digits, `_` and `-`"
    InvalidGraphql Error "INVALID_GRAPHQL" "correct the SDL so that it is a valid GraphQL schema"
    DirectiveDefinitionInvalid Error "DIRECTIVE_DEFINITION_INVALID" "remove the definition: composition supplies it"
    TypeDefinitionInvalid Error "TYPE_DEFINITION_INVALID" "remove the definition: composition supplies it"

    // Links.
    InvalidLinkDirectiveUsage Error "INVALID_LINK_DIRECTIVE_USAGE" "correct the arguments of `@link`"
    InvalidLinkIdentifier Error "INVALID_LINK_IDENTIFIER" "use a URL that ends in `/name/vMAJOR.MINOR`"
    LinkImportNameMismatch Error "LINK_IMPORT_NAME_MISMATCH" "import the directive under the same name in every subgraph"
    UnknownLinkVersion Error "UNKNOWN_LINK_VERSION" "use version `v1.0` of the link specification"
    UnknownFederationLinkVersion Error "UNKNOWN_FEDERATION_LINK_VERSION" "use a federation version from `v2.0` to `v2.15`"

    // Field sets.
    KeyInvalidFields Error "KEY_INVALID_FIELDS" "name fields that exist in this subgraph"
    KeyInvalidFieldsType Error "KEY_INVALID_FIELDS_TYPE" "write `fields` as a string"
    KeyFieldsHasArgs Error "KEY_FIELDS_HAS_ARGS" "use only fields without arguments in a key"
    KeyFieldsSelectInvalidType Error "KEY_FIELDS_SELECT_INVALID_TYPE" "use only scalar, enum and object fields in a key"
    KeyDirectiveInFieldsArg Error "KEY_DIRECTIVE_IN_FIELDS_ARG" "remove the directive from the field set"
    KeyUnsupportedOnInterface Error "KEY_UNSUPPORTED_ON_INTERFACE" "link federation v2.3 or later to use keys on interfaces"
    RequiresInvalidFields Error "REQUIRES_INVALID_FIELDS" "name fields that exist in this subgraph"
    RequiresInvalidFieldsType Error "REQUIRES_INVALID_FIELDS_TYPE" "write `fields` as a string"
    RequiresFieldsMissingExternal Error "REQUIRES_FIELDS_MISSING_EXTERNAL" "mark the required field `@external`"
    RequiresDirectiveInFieldsArg Error "REQUIRES_DIRECTIVE_IN_FIELDS_ARG" "remove the directive from the field set"
    RequiresUnsupportedOnInterface Error "REQUIRES_UNSUPPORTED_ON_INTERFACE" "put `@requires` on the fields of the implementations"
    ProvidesInvalidFields Error "PROVIDES_INVALID_FIELDS" "name fields that exist in this subgraph"
    ProvidesInvalidFieldsType Error "PROVIDES_INVALID_FIELDS_TYPE" "write `fields` as a string"
    ProvidesFieldsHasArgs Error "PROVIDES_FIELDS_HAS_ARGS" "provide only fields without arguments"
    ProvidesFieldsMissingExternal Error "PROVIDES_FIELDS_MISSING_EXTERNAL" "mark the provided field `@external`"
    ProvidesDirectiveInFieldsArg Error "PROVIDES_DIRECTIVE_IN_FIELDS_ARG" "remove the directive from the field set"
    ProvidesUnsupportedOnInterface Error "PROVIDES_UNSUPPORTED_ON_INTERFACE" "put `@provides` on the fields of the implementations"
    ProvidesOnNonObjectField Error "PROVIDES_ON_NON_OBJECT_FIELD" "put `@provides` on a field that returns an object, interface or union"

    // External fields.
    ExternalTypeMismatch Error "EXTERNAL_TYPE_MISMATCH" "declare the external field with the type it has in its own subgraph"
    ExternalArgumentMissing Error "EXTERNAL_ARGUMENT_MISSING" "declare the external field with all its arguments"
    ExternalArgumentTypeMismatch Error "EXTERNAL_ARGUMENT_TYPE_MISMATCH" "declare the argument with the type it has in its own subgraph"
    ExternalArgumentDefaultMismatch Error "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH" "declare the argument with the default it has in its own subgraph"
    ExternalUnused Error "EXTERNAL_UNUSED" "remove the field, or use it in a `@key`, `@requires` or `@provides`"
    ExternalMissingOnBase Error "EXTERNAL_MISSING_ON_BASE" "define the field without `@external` in some subgraph"
    ExternalOnInterface Error "EXTERNAL_ON_INTERFACE" "put `@external` on the fields of the implementations"
    ExternalCollisionWithAnotherDirective Error "EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE" "remove one of the two directives"
    MergedDirectiveApplicationOnExternal Error "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL" "put the directive on the field where it is resolved"

    // Sharing and override.
    InvalidFieldSharing Error "INVALID_FIELD_SHARING" "mark the field `@shareable` in every subgraph that resolves it, or let one of them `@override` it"
    InvalidShareableUsage Error "INVALID_SHAREABLE_USAGE" "remove `@shareable`: it applies to fields of object types only"
    ShareableHasMismatchedRuntimeTypes Error "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES" "let the subgraphs that share the field return at least one type in common"
    OverrideFromSelfError Error "OVERRIDE_FROM_SELF_ERROR" "name another subgraph in `from`"
    OverrideSourceHasOverride Error "OVERRIDE_SOURCE_HAS_OVERRIDE" "keep a single `@override` per field"
    OverrideCollisionWithAnotherDirective Error "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE" "remove `@override`, or the other directive"
    OverrideOnInterface Error "OVERRIDE_ON_INTERFACE" "put `@override` on the fields of the implementations"
    OverrideLabelInvalid Error "OVERRIDE_LABEL_INVALID" "write `percent(N)` with N from 0 to 100, or a name that starts with a letter"

    // Interfaces and interface objects.
    InterfaceFieldNoImplem Error "INTERFACE_FIELD_NO_IMPLEM" "add the field to the implementation in some subgraph"
    InterfaceObjectUsageError Error "INTERFACE_OBJECT_USAGE_ERROR" "give the type a resolvable `@key` that the interface has as well, and leave its implementations to other subgraphs"
    InterfaceKeyNotOnImplementation Error "INTERFACE_KEY_NOT_ON_IMPLEMENTATION" "repeat the interface's `@key` on the implementation"
    InterfaceKeyMissingImplementationType Error "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE" "define the missing implementation here, or drop the `@key` of the interface"

    // Merging.
    TypeKindMismatch Error "TYPE_KIND_MISMATCH" "define the type with the same kind in every subgraph"
    FieldTypeMismatch Error "FIELD_TYPE_MISMATCH" "give the field compatible types in all subgraphs"
    FieldArgumentTypeMismatch Error "FIELD_ARGUMENT_TYPE_MISMATCH" "give the argument compatible types in all subgraphs"
    FieldArgumentDefaultMismatch Error "FIELD_ARGUMENT_DEFAULT_MISMATCH" "give the argument the same default in all subgraphs"
    InputFieldDefaultMismatch Error "INPUT_FIELD_DEFAULT_MISMATCH" "give the input field the same default in all subgraphs"
    RequiredArgumentMissingInSomeSubgraph Error "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH" "add the argument to the other subgraphs, or make it optional"
    RequiredInputFieldMissingInSomeSubgraph Error "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH" "add the input field to the other subgraphs, or make it optional"
    EnumValueMismatch Error "ENUM_VALUE_MISMATCH" "define the same values in every subgraph, or mark the extra value `@inaccessible`"
    EmptyMergedEnumType Error "EMPTY_MERGED_ENUM_TYPE" "share at least one value between all subgraphs that define the enum"
    EmptyMergedInputType Error "EMPTY_MERGED_INPUT_TYPE" "share at least one field between all subgraphs that define the input type"
    ExtensionWithNoBase Error "EXTENSION_WITH_NO_BASE" "define the type without `extend` in some subgraph"
    RootQueryUsed Error "ROOT_QUERY_USED" "rename the type, or make it the query root"
    RootMutationUsed Error "ROOT_MUTATION_USED" "rename the type, or make it the mutation root"
    RootSubscriptionUsed Error "ROOT_SUBSCRIPTION_USED" "rename the type, or make it the subscription root"
    NoQueries Error "NO_QUERIES" "define at least one query field in some subgraph"
    ReferencedInaccessible Error "REFERENCED_INACCESSIBLE" "mark the reference `@inaccessible` as well, or make the type accessible"
    RequiredInaccessible Error "REQUIRED_INACCESSIBLE" "make the element optional, or accessible"
    OnlyInaccessibleChildren Error "ONLY_INACCESSIBLE_CHILDREN" "mark the type `@inaccessible` as well, or make one of its members accessible"
    DefaultValueUsesInaccessible Error "DEFAULT_VALUE_USES_INACCESSIBLE" "choose a default that the API schema knows"
    ImplementedByInaccessible Error "IMPLEMENTED_BY_INACCESSIBLE" "mark the interface's element `@inaccessible` as well"
    QueryRootTypeInaccessible Error "QUERY_ROOT_TYPE_INACCESSIBLE" "remove `@inaccessible` from the query root"
    DisallowedInaccessible Error "DISALLOWED_INACCESSIBLE" "remove `@inaccessible` from the built-in element"
    InvalidTagName Error "INVALID_TAG_NAME" "name the tag with letters, digits, `_`, `-` and `/`, at most 128 of them"
    DirectiveCompositionError Error "DIRECTIVE_COMPOSITION_ERROR" "link and import the directive, under one name and one major version in all subgraphs"

    // Access control and cost.
    AuthRequirementsAppliedOnInterface Error "AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE" "put the directive on the implementations; the interface inherits from them"
    MissingTransitiveAuthRequirements Error "MISSING_TRANSITIVE_AUTH_REQUIREMENTS" "repeat on this field what the fields it depends on demand"
    MaxAccessAlternativesExceeded Error "MAX_ACCESS_ALTERNATIVES_EXCEEDED" "demand fewer alternatives, or the same ones in all subgraphs"
    CostAppliedToInterfaceField Error "COST_APPLIED_TO_INTERFACE_FIELD" "put `@cost` on the fields of the implementations"
    ListSizeAppliedToNonList Error "LIST_SIZE_APPLIED_TO_NON_LIST" "remove `@listSize`, or name the list fields in `sizedFields`"
    ListSizeInvalidAssumedSize Error "LIST_SIZE_INVALID_ASSUMED_SIZE" "use zero or a positive number"
    ListSizeInvalidSlicingArgument Error "LIST_SIZE_INVALID_SLICING_ARGUMENT" "name arguments of this field that are of type Int"
    ListSizeInvalidSizedField Error "LIST_SIZE_INVALID_SIZED_FIELD" "name list fields of the type that this field returns"

    // Context.
    ContextNameContainsUnderscore Error "CONTEXT_NAME_CONTAINS_UNDERSCORE" "remove the underscore from the context name"
    ContextNameInvalid Error "CONTEXT_NAME_INVALID" "name the context with letters and digits, a letter first"
    ContextNotSet Error "CONTEXT_NOT_SET" "set the context with `@context` on an enclosing type of this subgraph"
    ContextSelectionInvalid Error "CONTEXT_SELECTION_INVALID" "select one field without alias, arguments or directives, for every type that sets the context"
    NoContextReferenced Error "NO_CONTEXT_REFERENCED" "start the selection with `$name` of a context"
    NoSelectionForContext Error "NO_SELECTION_FOR_CONTEXT" "select a field after the context name"
    ContextNoResolvableKey Error "CONTEXT_NO_RESOLVABLE_KEY" "give the type a resolvable `@key`"
    ContextualArgumentNotContextualInAllSubgraphs Error "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS" "make the argument optional where it does not come from a context"

    // Cache tags.
    CacheTagInvalidFormat Error "CACHE_TAG_INVALID_FORMAT" "use text with `{$args.name}` on root query fields, or `{$key.name}` on entities"
    CacheTagInvalidFormatArgumentOnEntity Error "CACHE_TAG_INVALID_FORMAT_ARGUMENT_ON_ENTITY" "use `{$key.name}` with a field that every `@key` of the type has"
    CacheTagInvalidFormatArgumentOnRootField Error "CACHE_TAG_INVALID_FORMAT_ARGUMENT_ON_ROOT_FIELD" "use `{$args.name}` with an argument of the field"

    // Satisfiability.
    SatisfiabilityError Error "SATISFIABILITY_ERROR" "make the field reachable: share it, or add a key that leads to a subgraph that resolves it"
    MaxValidationSubgraphPathsExceeded Error "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED" "reduce the number of shared types without keys"

    // Hints.
    InconsistentButCompatibleFieldType Hint "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE" "use one type in all subgraphs"
    InconsistentButCompatibleArgumentType Hint "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE" "use one type in all subgraphs"
    InconsistentDefaultValuePresence Hint "INCONSISTENT_DEFAULT_VALUE_PRESENCE" "declare the default in all subgraphs, or in none"
    InconsistentEntity Hint "INCONSISTENT_ENTITY" "declare a `@key` wherever the type is defined"
    InconsistentObjectValueTypeField Hint "INCONSISTENT_OBJECT_VALUE_TYPE_FIELD" "define the field in every subgraph that defines the type"
    InconsistentInterfaceValueTypeField Hint "INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD" "define the field in every subgraph that defines the interface"
    InconsistentInputObjectField Hint "INCONSISTENT_INPUT_OBJECT_FIELD" "define the field in every subgraph that defines the input type"
    InconsistentUnionMember Hint "INCONSISTENT_UNION_MEMBER" "list the member in every subgraph that defines the union"
    InconsistentEnumValueForInputEnum Hint "INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM" "define the value in every subgraph that defines the enum"
    InconsistentEnumValueForOutputEnum Hint "INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM" "define the value in every subgraph that defines the enum"
    UnusedEnumType Hint "UNUSED_ENUM_TYPE" "remove the enum, or use it"
    InconsistentArgumentPresence Hint "INCONSISTENT_ARGUMENT_PRESENCE" "declare the argument in every subgraph that defines the field"
    InconsistentDescription Hint "INCONSISTENT_DESCRIPTION" "use one description in all subgraphs"
    InconsistentExecutableDirectivePresence Hint "INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE" "define the directive in all subgraphs"
    InconsistentExecutableDirectiveRepeatable Hint "INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE" "declare the directive `repeatable` in all subgraphs, or in none"
    InconsistentExecutableDirectiveLocations Hint "INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS" "declare the same locations in all subgraphs"
    NoExecutableDirectiveIntersection Hint "NO_EXECUTABLE_DIRECTIVE_INTERSECTION" "share at least one location between all subgraphs"
    MergedNonRepeatableDirectiveArguments Hint "MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS" "check that the merged arguments are what you mean"
    InconsistentNonRepeatableDirectiveArguments Hint "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS" "apply the directive with the same arguments in all subgraphs"
    DirectiveCompositionWarn Hint "DIRECTIVE_COMPOSITION_WARN" "check the `@composeDirective` and its `@link`"
    DirectiveCompositionInfo Hint "DIRECTIVE_COMPOSITION_INFO" "link the same version in all subgraphs"
    CacheHintsNotComposed Hint "CACHE_HINTS_NOT_COMPOSED" "link and import the directive, and name it in `@composeDirective`"
    FromSubgraphDoesNotExist Hint "FROM_SUBGRAPH_DOES_NOT_EXIST" "correct the subgraph name in `from`, or remove `@override`"
    OverriddenFieldCanBeRemoved Hint "OVERRIDDEN_FIELD_CAN_BE_REMOVED" "remove the field from the subgraph that lost it"
    OverrideDirectiveCanBeRemoved Hint "OVERRIDE_DIRECTIVE_CAN_BE_REMOVED" "remove `@override`: the other subgraph does not resolve the field"
    OverrideMigrationInProgress Hint "OVERRIDE_MIGRATION_IN_PROGRESS" "remove the label when the migration is complete"
    InconsistentRuntimeTypesForShareableReturn Hint "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN" "let all subgraphs that share the field return the same types"
}

impl Code {
    /// Whether it tells of subgraphs that contradict each other, which no further subgraph can mend.
    pub(crate) fn is_conflict(self) -> bool {
        matches!(
            self,
            Code::TypeKindMismatch
                | Code::FieldTypeMismatch
                | Code::FieldArgumentTypeMismatch
                | Code::FieldArgumentDefaultMismatch
                | Code::InputFieldDefaultMismatch
                | Code::RequiredArgumentMissingInSomeSubgraph
                | Code::RequiredInputFieldMissingInSomeSubgraph
                | Code::EnumValueMismatch
                | Code::EmptyMergedEnumType
                | Code::EmptyMergedInputType
                | Code::InvalidFieldSharing
                | Code::OverrideFromSelfError
                | Code::OverrideSourceHasOverride
                | Code::OverrideCollisionWithAnotherDirective
                | Code::LinkImportNameMismatch
                | Code::DirectiveCompositionError
                | Code::ContextualArgumentNotContextualInAllSubgraphs
                | Code::MaxAccessAlternativesExceeded
        )
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}
