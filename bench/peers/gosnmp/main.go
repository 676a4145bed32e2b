// A poller on gosnmp, for comparison: one session a device, as many goroutines as --window says,
// each taking the next device, asking it, and going on to the one after. bench/peers/README.md has
// the options and what is printed; bench/runner/peers_native.py builds and starts it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"
)

const (
	ifTable   = ".1.3.6.1.2.1.2.2"
	ifXTable  = ".1.3.6.1.2.1.31.1.1"
	ifColumns = 22 // of ifTable
	columns   = ifColumns + 19

	firstRound = 5 * time.Second // that it may take
)

// Options of the command line, and what they are for.
var (
	kind        = flag.String("kind", "get10", "get10, walk or one_big")
	version     = flag.String("version", "2c", "2c or 3 (SHA-1, AES-128)")
	seconds     = flag.Float64("seconds", 2, "how long")
	window      = flag.Int("window", 100, "tasks under way at once")
	timeout     = flag.Float64("timeout", 1, "seconds")
	retries     = flag.Int("retries", 3, "after the first try")
	interfaces  = flag.Int("interfaces", 48, "rows a device has")
	repetitions = flag.Uint("repetitions", 100, "max-repetitions of GETBULK")
)

// task is what is asked of one device in turn: a GET, or walks of some subtrees.
type task struct {
	client    *gosnmp.GoSNMP
	connected bool
	roots     []string // subtrees to walk; none for a GET
	expected  int      // varbinds of a whole operation
}

// report is what is printed: of the time after the first round, but for operations.
type report struct {
	Requests   int64   `json:"requests"` // answered
	Varbinds   int64   `json:"varbinds"`
	Seconds    float64 `json:"seconds"`
	CPU        float64 `json:"cpu"`
	Failed     int64   `json:"failed"`     // operations, of the first round as well
	Operations int64   `json:"operations"` // whole ones, likewise
}

// What has been done so far, and when to stop; times are nanoseconds since the start.
var (
	began                                  = time.Now()
	requests, varbinds, failed, operations atomic.Int64
	end                                    atomic.Int64 // no request is sent after; 0: first round
	base                                   report       // when the first round was over
)

func isOver() bool {
	at := end.Load()
	return at != 0 && int64(time.Since(began)) >= at
}

func cpuUsed() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// measure makes it count from here on, when each device has been asked once: what is done only at
// the first contact and the memory that it takes are left out, as they are of the others.
var measure = sync.OnceFunc(func() {
	now := time.Since(began)
	base = report{requests.Load(), varbinds.Load(), now.Seconds(), cpuUsed(), 0, 0}
	end.Store(int64(now + time.Duration(*seconds*float64(time.Second))))
})

func gets() []string {
	names := []string{".1.3.6.1.2.1.1.3.0"}
	for _, column := range []int{6, 10} { // ifHCInOctets, ifHCOutOctets
		for i := 1; i <= 4; i++ {
			names = append(names, fmt.Sprintf("%s.1.%d.%d", ifXTable, column, i))
		}
	}
	return append(names, ifTable+".1.14.1") // ifInErrors
}

// newClient is a session that is not yet connected.
func newClient(target string) *gosnmp.GoSNMP {
	host, portText, err := net.SplitHostPort(target)
	port, err2 := strconv.ParseUint(portText, 10, 16)
	if err != nil || err2 != nil {
		fmt.Fprintf(os.Stderr, "gosnmp: target %q, expected ADDR:PORT\n", target)
		os.Exit(2)
	}
	c := &gosnmp.GoSNMP{
		Target: host, Port: uint16(port), Transport: "udp", Version: gosnmp.Version2c,
		Community: os.Getenv("PEER_COMMUNITY"), MaxOids: gosnmp.MaxOids, Retries: *retries,
		Timeout: time.Duration(*timeout * float64(time.Second)),
	}
	if *version == "3" {
		c.Version = gosnmp.Version3
		c.SecurityModel = gosnmp.UserSecurityModel
		c.MsgFlags = gosnmp.AuthPriv
		c.SecurityParameters = &gosnmp.UsmSecurityParameters{
			UserName:               os.Getenv("PEER_USER"),
			AuthenticationProtocol: gosnmp.SHA, AuthenticationPassphrase: os.Getenv("PEER_AUTH_PASSWORD"),
			PrivacyProtocol: gosnmp.AES, PrivacyPassphrase: os.Getenv("PEER_PRIV_PASSWORD"),
		}
	}
	return c
}

// tasksOf is what is to be done with one device. The columns of a big one are walked side by side,
// each by a session of its own, else it would be asked one thing at a time.
func tasksOf(target string) []*task {
	switch *kind {
	case "walk":
		return []*task{{newClient(target), false, []string{ifTable, ifXTable}, *interfaces * columns}}
	case "one_big":
		var tasks []*task
		for i := 1; i <= columns; i++ {
			root := fmt.Sprintf("%s.1.%d", ifTable, i)
			if i > ifColumns {
				root = fmt.Sprintf("%s.1.%d", ifXTable, i-ifColumns)
			}
			tasks = append(tasks, &task{newClient(target), false, []string{root}, *interfaces})
		}
		return tasks
	}
	return []*task{{newClient(target), false, nil, len(gets())}}
}

func isValue(v *gosnmp.SnmpPDU) bool {
	return v.Type != gosnmp.NoSuchObject && v.Type != gosnmp.NoSuchInstance &&
		v.Type != gosnmp.EndOfMibView && v.Type != gosnmp.Null
}

// get is one operation: true if it was right.
func (t *task) get(names []string) bool {
	answer, err := t.client.Get(names)
	if err != nil || answer.Error != gosnmp.NoError {
		return false
	}
	requests.Add(1)
	varbinds.Add(int64(len(answer.Variables)))
	good := len(answer.Variables) == len(names)
	for i := range answer.Variables {
		v := &answer.Variables[i]
		good = good && isValue(v) && v.Name == names[i]
	}
	return good
}

// walk is one operation: whether it was right, and whether it came to its end in time.
func (t *task) walk() (good, whole bool) {
	got := 0
	for _, root := range t.roots {
		below := root + "."
		for at := root; at != ""; {
			if isOver() {
				return true, false
			}
			answer, err := t.client.GetBulk([]string{at}, 0, uint32(*repetitions))
			if err != nil || answer.Error != gosnmp.NoError {
				return false, true
			}
			requests.Add(1)
			before := got
			at = ""
			for i := range answer.Variables {
				v := &answer.Variables[i]
				if !strings.HasPrefix(v.Name, below) || !isValue(v) {
					at = ""
					break
				}
				at = v.Name
				got++
			}
			varbinds.Add(int64(got - before))
			if got > t.expected { // names go round, it would never end
				return false, true
			}
		}
	}
	return got == t.expected, true
}

// run polls what comes from the queue until the time is over.
func run(queue chan *task, all int64) {
	names := gets()
	for !isOver() {
		t := <-queue
		if !t.connected {
			t.connected = t.client.Connect() == nil
		}
		good, whole := false, true
		if t.connected && len(t.roots) > 0 {
			good, whole = t.walk()
		} else if t.connected {
			good = t.get(names)
		}
		if !good {
			failed.Add(1)
		} else if whole {
			operations.Add(1)
		}
		if end.Load() == 0 &&
			(operations.Load()+failed.Load() >= all || time.Since(began) > firstRound) {
			measure()
		}
		queue <- t
	}
}

func main() {
	flag.Parse()
	var tasks []*task
	for _, target := range flag.Args() {
		tasks = append(tasks, tasksOf(target)...)
	}
	if len(tasks) == 0 || *window < 1 {
		fmt.Fprintln(os.Stderr, "gosnmp: no targets, or no window")
		os.Exit(2)
	}
	queue := make(chan *task, len(tasks))
	for _, t := range tasks {
		queue <- t
	}
	if *kind == "one_big" {
		measure() // its first round may be all there is
	}
	var workers sync.WaitGroup
	for range min(*window, len(tasks)) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			run(queue, int64(len(tasks)))
		}()
	}
	workers.Wait()
	sum := report{requests.Load() - base.Requests, varbinds.Load() - base.Varbinds,
		time.Since(began).Seconds() - base.Seconds, cpuUsed() - base.CPU,
		failed.Load(), operations.Load()}
	if err := json.NewEncoder(os.Stdout).Encode(sum); err != nil {
		os.Exit(1)
	}
}
