//go:build unix && !linux

package link

// Poller reads from links. Here it is one goroutine for each link, which
// always leads: callers only follow. Make one with NewPoller.
type Poller struct{}

type watchState struct{}

// NewPoller returns a Poller.
func NewPoller() *Poller { return &Poller{} }

// register starts the goroutine of l, which ends with it.
func (p *Poller) register(l *Link) error {
	l.leading = true
	go func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for !l.down {
			l.step(asleep)
		}
		l.leading = false
		l.release()
	}()
	return nil
}

func (p *Poller) unregister(*Link) {}

func (p *Poller) disarm(*Link) {}

func (p *Poller) idle(*Link, bool) {}
