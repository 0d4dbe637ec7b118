package main

// languages is one worker of each language that is a plain file, with 64 calls
// in flight, beside a bare loop in the same language with the same codec.
func languages(b *bench) ([]Row, error) {
	var rows []Row
	for _, l := range plainLanguages() {
		row, err := b.pipelined(l)
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (b *bench) pipelined(l language) (Row, error) {
	ours := l.name + " worker, 64 in flight"
	program, fast := l.interpreter()
	if program == "" {
		return skipped(ours, l.programs[0]+" is not installed"), nil
	}
	m, err := b.plain(l, program, inFlight)
	if err != nil {
		return Row{}, err
	}
	h, err := serve(nil, m)
	if err != nil {
		return Row{}, err
	}
	defer func() { _ = h.end() }()
	cells := []cell{h.ours(ours, l.name, "echo", inFlight)}
	floor := ""
	if fast && l.codec != "" {
		bare, end, err := b.bareLoop(l, program)
		if err != nil {
			return Row{}, err
		}
		defer end()
		cells, floor = append(cells, bare), bare.name
	}
	r, err := b.interleave(cells...)
	if err != nil {
		return Row{}, err
	}
	row := r.row(ours, floor, "calls/s")
	switch {
	case !fast:
		row.Note = "with the library's own codec; the target is for " + l.codec + ", which is not installed"
	case l.target > 0:
		row = row.atLeast(l.target)
	}
	return row, nil
}
