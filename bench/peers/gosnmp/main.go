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
	"time"

	"github.com/gosnmp/gosnmp"
)

const (
	ifTable   = ".1.3.6.1.2.1.2.2"
	ifXTable  = ".1.3.6.1.2.1.31.1.1"
	ifColumns = 22 // of ifTable
	columns   = ifColumns + 19
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

// counts is what one goroutine has done.
type counts struct {
	Requests   int     `json:"requests"` // answered
	Varbinds   int     `json:"varbinds"`
	Seconds    float64 `json:"seconds"`
	Failed     int     `json:"failed"`     // operations
	Operations int     `json:"operations"` // whole ones
}

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
func (t *task) get(names []string, n *counts) bool {
	answer, err := t.client.Get(names)
	if err != nil || answer.Error != gosnmp.NoError {
		return false
	}
	n.Requests++
	n.Varbinds += len(answer.Variables)
	good := len(answer.Variables) == len(names)
	for i := range answer.Variables {
		v := &answer.Variables[i]
		good = good && isValue(v) && v.Name == names[i]
	}
	return good
}

// walk is one operation: whether it was right, and whether it came to its end in time.
func (t *task) walk(end time.Time, n *counts) (good, whole bool) {
	got := 0
	for _, root := range t.roots {
		below := root + "."
		for at := root; at != ""; {
			if !time.Now().Before(end) {
				return true, false
			}
			answer, err := t.client.GetBulk([]string{at}, 0, uint32(*repetitions))
			if err != nil || answer.Error != gosnmp.NoError {
				return false, true
			}
			n.Requests++
			at = ""
			for i := range answer.Variables {
				v := &answer.Variables[i]
				if !strings.HasPrefix(v.Name, below) || !isValue(v) {
					at = ""
					break
				}
				at = v.Name
				got++
				n.Varbinds++
			}
			if got > t.expected { // names go round, it would never end
				return false, true
			}
		}
	}
	return got == t.expected, true
}

// run polls what comes from the queue until the time is over.
func run(queue chan *task, end time.Time, n *counts) {
	names := gets()
	for time.Now().Before(end) {
		t := <-queue
		if !t.connected {
			t.connected = t.client.Connect() == nil
		}
		good, whole := false, true
		if t.connected && len(t.roots) > 0 {
			good, whole = t.walk(end, n)
		} else if t.connected {
			good = t.get(names, n)
		}
		if !good {
			n.Failed++
		} else if whole {
			n.Operations++
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
	began := time.Now()
	end := began.Add(time.Duration(*seconds * float64(time.Second)))
	done := make([]counts, min(*window, len(tasks)))
	var all sync.WaitGroup
	for i := range done {
		all.Add(1)
		go func() {
			defer all.Done()
			run(queue, end, &done[i])
		}()
	}
	all.Wait()
	var sum counts
	for _, n := range done {
		sum.Requests += n.Requests
		sum.Varbinds += n.Varbinds
		sum.Failed += n.Failed
		sum.Operations += n.Operations
	}
	sum.Seconds = time.Since(began).Seconds()
	if err := json.NewEncoder(os.Stdout).Encode(sum); err != nil {
		os.Exit(1)
	}
}
