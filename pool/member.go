package pool

import "time"

// member is an instance in its pool.
type member struct {
	inst     Instance
	number   uint64 // counts the pool's instances
	capacity int    // calls in flight it takes
	inFlight int
	lingers  int    // calls that came back though it still works on them
	leased   uint64 // calls given to it, ever
	done     uint64 // calls that came back
	born     time.Time
	idle     int64 // since when nothing runs, on the clock of core.Now
	retiring bool  // takes no more calls; ended when the last one is back
	gone     bool  // out of the pool
	killAt   int64 // when a retiring member is ended in mid-call; 0: never

	prev, next *member
	level      *level
}

// load is how many calls the instance works on.
func (m *member) load() int { return m.inFlight + m.lingers }

func (m *member) full() bool { return m.load() >= m.capacity }

// level is the list of members with the same load, the one that came last at
// its head.
type level struct{ head, tail *member }

func (l *level) push(m *member) {
	m.level, m.prev, m.next = l, nil, l.head
	if l.head != nil {
		l.head.prev = m
	} else {
		l.tail = m
	}
	l.head = m
}

func (l *level) remove(m *member) {
	if m.prev != nil {
		m.prev.next = m.next
	} else {
		l.head = m.next
	}
	if m.next != nil {
		m.next.prev = m.prev
	} else {
		l.tail = m.prev
	}
	m.prev, m.next, m.level = nil, nil, nil
}

// ranks orders the members that can take a call by their load: the least
// loaded is found in one step, however many there are, and among equals it is
// the one that was freed last. Loads of maxRank and above share one list.
type ranks struct {
	levels [maxRank + 1]level
	lowest int // no level below it has a member
}

const maxRank = 64

// put enters m, which must be in no list, unless it is full.
func (r *ranks) put(m *member) {
	if m.full() {
		return
	}
	n := min(m.load(), maxRank)
	r.levels[n].push(m)
	r.lowest = min(r.lowest, n)
}

// drop takes m out.
func (r *ranks) drop(m *member) {
	if m.level != nil {
		m.level.remove(m)
	}
}

// first returns the least loaded member, or nil when all are full.
func (r *ranks) first() *member {
	for ; r.lowest <= maxRank; r.lowest++ {
		if m := r.levels[r.lowest].head; m != nil {
			return m
		}
	}
	r.lowest = maxRank
	return nil
}

// idlest returns the member that idles longest, or nil.
func (r *ranks) idlest() *member { return r.levels[0].tail }
