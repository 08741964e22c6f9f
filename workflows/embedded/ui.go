package embedded

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"time"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// webUI is the page that shows the runs: the one that comes with Temporal, behind a proxy of our own.
type webUI struct {
	url    string
	inner  *server.Server
	done   chan struct{} // closed when inner has ended
	proxy  *http.Server
	closed chan struct{} // closed when proxy has ended
}

// startUI serves the page on a port, or on any free one if that is taken. Nothing can be changed through it, it fetches no
// news, and it writes no log.
func startUI(frontend, namespace string, port int) (*webUI, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		if l, err = net.Listen("tcp", net.JoinHostPort(loopback, "0")); err != nil {
			return nil, err
		}
	}
	u := &webUI{
		url: "http://" + l.Addr().String(),
		inner: server.NewServer(server_options.WithConfigProvider(&config.Config{
			TemporalGRPCAddress: frontend, Host: loopback, Port: ports[0], EnableUI: true, DefaultNamespace: namespace,
			DisableNewsFetch: true, HideLogs: true, DisableWriteActions: true,
			CORS: config.CORS{CookieInsecure: true}, // the loopback interface has no TLS
		})),
		done: make(chan struct{}), closed: make(chan struct{}),
	}
	go func() {
		defer close(u.done)
		_ = u.inner.Start() // blocks until Stop
	}()
	inner := net.JoinHostPort(loopback, strconv.Itoa(ports[0]))
	u.proxy = &http.Server{
		Handler:           hostCheck(l.Addr().(*net.TCPAddr).Port, httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: inner})),
		ReadHeaderTimeout: 10 * time.Second,
	}
	go func() {
		defer close(u.closed)
		_ = u.proxy.Serve(l)
	}()
	return u, nil
}

// stop ends both servers. Requests under way are cut off after a second.
func (u *webUI) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if u.proxy.Shutdown(ctx) != nil {
		_ = u.proxy.Close()
	}
	<-u.closed
	u.inner.Stop()
	<-u.done
}

// hostCheck lets through only reads, and only those that name the loopback interface as their host: a page from elsewhere
// whose name was made to point here names itself.
func hostCheck(port int, next http.Handler) http.Handler {
	allowed := map[string]bool{
		fmt.Sprintf("127.0.0.1:%d", port): true,
		fmt.Sprintf("localhost:%d", port): true,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		switch {
		case !allowed[r.Host]:
			http.Error(w, "this page answers to 127.0.0.1 and localhost alone", http.StatusForbidden)
		case origin != "" && origin != "http://"+r.Host:
			http.Error(w, "this page answers to no other", http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
			http.Error(w, "this page only shows", http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}
