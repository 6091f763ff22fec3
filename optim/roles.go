package optim

// The roles of transforms in a chain. A transform that has one of them says so by a method, and a
// [Chain] refuses orders in which it would not do what it seems to. A transform of one's own may
// have any of them too.

// Constraint is a Transform that limits the new values, Value + Update. In a chain, only
// constraints may follow a constraint.
type Constraint interface {
	Transform

	// Constraint does nothing; it tells constraints from other transforms.
	Constraint()
}

// Normalizer is a Transform on whose result the size of the update has no lasting influence, as
// [ScaleByAdam]. In a chain it stands before all factors: it would undo them.
type Normalizer interface {
	Transform

	// Normalizer does nothing; it tells normalizers from other transforms.
	Normalizer()
}

// Scaling is a Transform that multiplies updates by factors on the learning rate, as [GroupRate].
type Scaling interface {
	Transform

	// Scaling does nothing; it tells scalings from other transforms.
	Scaling()
}

// Penalty is a Transform that adds the gradient of a penalty, as [DecoupledWeightDecay]. In a chain
// it stands before the [Descent], behind which it would increase what it is to decrease.
type Penalty interface {
	Transform

	// Penalty does nothing; it tells penalties from other transforms.
	Penalty()
}

// Descent is a Transform that makes a step of descent out of the direction of ascent, as
// [LearningRate]. A chain has exactly one.
type Descent interface {
	Transform

	// Rate is the schedule of the learning rate. It may be nil, if there is none.
	Rate() Schedule

	// WithRate is a transform of the same type with another schedule. A [Solver] asks for it if
	// Rate is a [Follower].
	WithRate(Schedule) Transform
}
